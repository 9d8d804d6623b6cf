"""Rules about ECS and Fargate."""
