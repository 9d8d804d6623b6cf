"""The load balancer, the tasks behind it, and how they scale."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fraud_detection.compute import create_balancer, create_service

from .harness import ACCOUNT, CERTIFICATE, PARENT, REGION, Program, deploy, selected
from .neighbours import SECRET, ZONES, balancer, database, logs, network, roles

if TYPE_CHECKING:
    import pulumi
    from fraud_detection.compute import Balancer, Service
    from fraud_detection.settings import Settings

TARGETS = f"arn:aws:lb:{REGION}:{ACCOUNT}:targetgroup/fraud-targets-1a2b3c4"
FORWARD = {"type": "forward", "targetGroupArn": TARGETS}


def front(settings: Settings, opts: pulumi.ResourceOptions) -> Balancer:
    return create_balancer(settings, network(), opts)


def tasks(settings: Settings, opts: pulumi.ResourceOptions) -> Service:
    return create_service(settings, ACCOUNT, network(), balancer(), database(), roles(), logs(), opts)


def container(deployed: Program) -> dict[str, Any]:
    (only,) = json.loads(deployed["fraud-task"]["containerDefinitions"])
    return dict(only)


def ours(deployed: Program) -> dict[str, str]:
    """The parents of what the module under test declared."""
    return {each.name: each.parent for each in deployed.resources if each.name.startswith("fraud-")}


class TestBalancer:
    def test_faces_the_internet_from_the_public_subnets(self, environment: str) -> None:
        expected = {
            "name": f"fraud-detection-{environment}",
            "loadBalancerType": "application",
            "internal": False,
            "subnets": [f"public-{zone}" for zone in ZONES],
            "securityGroups": ["balancer"],
            "dropInvalidHeaderFields": True,
        }
        inputs = deploy(front, environment)["fraud-balancer"]
        assert selected(inputs, *expected) == expected

    @pytest.mark.parametrize(("environment", "kept"), [("dev", False), ("staging", False), ("prod", True)])
    def test_refuses_to_be_deleted_in_prod(self, environment: str, kept: bool) -> None:
        assert deploy(front, environment)["fraud-balancer"]["enableDeletionProtection"] is kept

    def test_waits_for_the_way_in(self) -> None:
        assert "way-in" in deploy(front, "dev").named("fraud-balancer").depends_on

    def test_sends_requests_to_healthy_tasks_by_their_address(self, environment: str) -> None:
        expected = {
            "vpcId": "vpc",
            "targetType": "ip",
            "protocol": "HTTP",
            "port": 8080,
            "deregistrationDelay": 30,
            "healthCheck": {
                "path": "/healthz",
                "matcher": "200",
                "interval": 15,
                "timeout": 5,
                "healthyThreshold": 2,
                "unhealthyThreshold": 3,
            },
        }
        inputs = deploy(front, environment)["fraud-targets"]
        assert selected(inputs, *expected) == expected

    def test_is_handed_on(self) -> None:
        returned = deploy(front, "dev").returned
        assert returned.arn == f"arn:aws:lb:{REGION}:{ACCOUNT}:loadbalancer/fraud-detection-dev"
        assert returned.arn_suffix == "loadbalancer/fraud-detection-dev"
        assert returned.dns_name == f"fraud-detection-dev.{REGION}.elb.amazonaws.com"
        assert returned.target_group_arn == TARGETS
        assert returned.target_group_suffix == "targetgroup/fraud-targets-1a2b3c4"

    def test_name_tags(self, environment: str) -> None:
        assert deploy(front, environment).name_tags() == {
            "fraud-balancer": f"fraud-detection-{environment}-balancer",
            "fraud-targets": f"fraud-detection-{environment}-targets",
            "fraud-http": f"fraud-detection-{environment}-http",
        }


class TestListeners:
    def test_without_a_certificate_http_is_served(self, environment: str) -> None:
        deployed = deploy(front, environment)
        (listener,) = deployed.of("Listener")
        assert listener.inputs["loadBalancerArn"] == deployed.returned.arn
        assert (listener.inputs["protocol"], listener.inputs["port"]) == ("HTTP", 80)
        assert listener.inputs["defaultActions"] == [FORWARD]
        assert deployed.returned.listener == "fraud-http"

    def test_with_a_certificate_http_leads_to_https(self) -> None:
        secured = deploy(front, "prod", certificateArn=CERTIFICATE)
        http = secured["fraud-http"]
        redirect = {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}
        assert (http["protocol"], http["port"]) == ("HTTP", 80)
        assert http["defaultActions"] == [{"type": "redirect", "redirect": redirect}]

    def test_with_a_certificate_https_is_served(self) -> None:
        secured = deploy(front, "prod", certificateArn=CERTIFICATE)
        expected = {
            "loadBalancerArn": secured.returned.arn,
            "protocol": "HTTPS",
            "port": 443,
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "certificateArn": CERTIFICATE,
            "defaultActions": [FORWARD],
        }
        assert selected(secured["fraud-https"], *expected) == expected
        assert secured["fraud-https"]["tags"]["Name"] == "fraud-detection-prod-https"
        assert secured.returned.listener == "fraud-https"

    def test_all_belongs_to_the_component(self) -> None:
        names = ("fraud-balancer", "fraud-targets", "fraud-http", "fraud-https")
        assert ours(deploy(front, "prod", certificateArn=CERTIFICATE)) == dict.fromkeys(names, PARENT)


class TestContainer:
    def test_runs_the_image_of_its_environment(self, environment: str) -> None:
        tag = "1.3.2" if environment == "prod" else "1.4.0"
        registry = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
        definition = container(deploy(tasks, environment))
        assert definition["image"] == f"{registry}/fraud-detection/scoring:{tag}"
        assert definition["name"] == "scoring"
        assert definition["essential"] is True
        assert definition["readonlyRootFilesystem"] is True

    def test_knows_where_its_data_is(self, environment: str) -> None:
        variables = {
            each["name"]: each["value"] for each in container(deploy(tasks, environment))["environment"]
        }
        assert variables == {
            "AWS_REGION": REGION,
            "ENVIRONMENT": environment,
            "PORT": "8080",
            "DATABASE_HOST": "writer.example.com",
            "DATABASE_READER_HOST": "reader.example.com",
            "DATABASE_PORT": "5432",
            "DATABASE_NAME": "fraud",
            "RULES_TABLE": "the-rules",
            "TRANSACTIONS_TABLE": "the-transactions",
        }

    def test_gets_the_password_from_the_secret(self) -> None:
        assert container(deploy(tasks, "prod"))["secrets"] == [
            {"name": "DATABASE_USER", "valueFrom": f"{SECRET}:username::"},
            {"name": "DATABASE_PASSWORD", "valueFrom": f"{SECRET}:password::"},
        ]

    def test_logs_into_its_log_group(self) -> None:
        options = {
            "awslogs-group": "/logs/service",
            "awslogs-region": REGION,
            "awslogs-stream-prefix": "scoring",
        }
        configuration = container(deploy(tasks, "dev"))["logConfiguration"]
        assert configuration == {"logDriver": "awslogs", "options": options}

    def test_listens_where_the_balancer_sends_requests(self) -> None:
        deployed = deploy(tasks, "dev", containerPort=9000)
        assert container(deployed)["portMappings"] == [{"containerPort": 9000, "protocol": "tcp"}]
        (target,) = deployed["fraud-service"]["loadBalancers"]
        assert target == {
            "targetGroupArn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/tasks/2",
            "containerName": container(deployed)["name"],
            "containerPort": 9000,
        }


class TestTasks:
    @pytest.mark.parametrize(
        ("environment", "cpu", "memory"),
        [("dev", "256", "512"), ("staging", "512", "1024"), ("prod", "1024", "2048")],
    )
    def test_have_the_size_of_their_environment(self, environment: str, cpu: str, memory: str) -> None:
        expected = {
            "family": f"fraud-detection-{environment}",
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": cpu,
            "memory": memory,
            "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"},
        }
        assert selected(deploy(tasks, environment)["fraud-task"], *expected) == expected

    def test_run_as_one_role_and_are_started_by_another(self) -> None:
        definition = deploy(tasks, "dev")["fraud-task"]
        assert definition["taskRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/task"
        assert definition["executionRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/execution"

    def test_are_private(self, environment: str) -> None:
        assert deploy(tasks, environment)["fraud-service"]["networkConfiguration"] == {
            "subnets": [f"application-{zone}" for zone in ZONES],
            "securityGroups": ["service"],
            "assignPublicIp": False,
        }

    def test_are_replaced_without_a_gap_and_rolled_back(self) -> None:
        deployed = deploy(tasks, "prod")
        expected = {
            "name": "scoring",
            "cluster": deployed.returned.cluster_arn,
            "taskDefinition": deployed.returned.task_definition_arn,
            "launchType": "FARGATE",
            "deploymentMinimumHealthyPercent": 100,
            "deploymentMaximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "healthCheckGracePeriodSeconds": 60,
            "propagateTags": "SERVICE",
        }
        assert selected(deployed["fraud-service"], *expected) == expected

    def test_start_when_all_they_need_is_there(self) -> None:
        service = deploy(tasks, "dev").named("fraud-service")
        assert {
            *("listener", "task-policy", "execution-policy"),
            *("way-out", "writer", "reader"),
        } <= service.depends_on

    def test_the_cluster_is_watched_and_its_log_group_comes_first(self, environment: str) -> None:
        cluster = deploy(tasks, environment).named("fraud-cluster")
        assert cluster.inputs["name"] == f"fraud-detection-{environment}"
        assert cluster.inputs["settings"] == [{"name": "containerInsights", "value": "enabled"}]
        assert "insights-logs" in cluster.depends_on

    def test_are_handed_on(self) -> None:
        returned = deploy(tasks, "dev").returned
        assert returned.cluster_arn == f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/fraud-detection-dev"
        assert returned.cluster_name == "fraud-detection-dev"
        assert returned.service_arn == f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/scoring"
        assert returned.service_name == "scoring"
        task_definition = f"arn:aws:ecs:{REGION}:{ACCOUNT}:taskdefinition/fraud-task-1a2b3c4"
        assert returned.task_definition_arn == task_definition

    def test_name_tags(self, environment: str) -> None:
        assert deploy(tasks, environment).name_tags() == {
            f"fraud-{name}": f"fraud-detection-{environment}-{name}"
            for name in ("cluster", "task", "service", "scaling")
        }

    def test_all_belongs_to_the_component(self) -> None:
        names = ("cluster", "task", "service", "scaling", "scaling-cpu", "scaling-memory", "scaling-requests")
        assert ours(deploy(tasks, "dev")) == {f"fraud-{name}": PARENT for name in names}


class TestScaling:
    @pytest.mark.parametrize(
        ("environment", "least", "most"), [("dev", 1, 2), ("staging", 2, 4), ("prod", 3, 12)]
    )
    def test_stays_between_the_limits_of_its_environment(
        self, environment: str, least: int, most: int
    ) -> None:
        deployed = deploy(tasks, environment)
        expected = {
            "serviceNamespace": "ecs",
            "scalableDimension": "ecs:service:DesiredCount",
            "resourceId": f"service/fraud-detection-{environment}/scoring",
            "minCapacity": least,
            "maxCapacity": most,
        }
        assert selected(deployed["fraud-scaling"], *expected) == expected
        assert deployed["fraud-service"]["desiredCount"] == least

    def test_owns_the_count_after_the_first_deployment(self) -> None:
        assert deploy(tasks, "dev").named("fraud-service").ignored_changes == ("desiredCount",)

    @pytest.mark.parametrize(
        ("name", "metric", "target"),
        [
            ("cpu", {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}, 60),
            ("memory", {"predefinedMetricType": "ECSServiceAverageMemoryUtilization"}, 70),
            (
                "requests",
                {
                    "predefinedMetricType": "ALBRequestCountPerTarget",
                    "resourceLabel": "app/front/1/targetgroup/tasks/2",
                },
                1000,
            ),
        ],
    )
    def test_follows_demand(self, name: str, metric: dict[str, str], target: float) -> None:
        deployed = deploy(tasks, "prod")
        assert deployed[f"fraud-scaling-{name}"] == {
            "name": f"scoring-{name}",
            "policyType": "TargetTrackingScaling",
            **selected(deployed["fraud-scaling"], "serviceNamespace", "scalableDimension", "resourceId"),
            "targetTrackingScalingPolicyConfiguration": {
                "predefinedMetricSpecification": metric,
                "targetValue": target,
                "scaleOutCooldown": 60,
                "scaleInCooldown": 300,
            },
        }

    def test_aims_for_the_requests_that_are_configured(self) -> None:
        policy = deploy(tasks, "dev", requestsPerTarget=250)["fraud-scaling-requests"]
        assert policy["targetTrackingScalingPolicyConfiguration"]["targetValue"] == 250
