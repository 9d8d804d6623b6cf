"""Rules about Elastic Beanstalk."""
