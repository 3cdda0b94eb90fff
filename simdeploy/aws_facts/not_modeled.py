"""Facts of AWS that have no place in the model, and why."""

NOT_MODELED: dict[str, str] = {
    "ecs-service-launch-rate": "it binds only where one service starts more than 500 tasks within "
    "a minute",
    "ecs-image-digest": "a tag is always what it was; releases have names, not images",
    "fargate-lazy-loading": "say it by a smaller image_mb or a pull of your own",
    "fargate-zstd": "say it by a smaller image_mb or a faster pull_mb_per_s",
    "ecr-request-rates": "no deployment of one service comes near them",
    "fargate-storage-price": "no strategy needs more storage than another",
    "alb-price": "the balancer costs the same under every strategy",
    "alb-node-agreement": "one stream of checks stands for all nodes",
    "alb-stickiness": "clients have no memory; a share of requests follows the weights",
    "codedeploy-stop-without-rollback": "whoever stops a deployment here rolls it back",
    "codedeploy-ignores-health": "traffic moves only to healthy task sets; health_signal_missing "
    "tells such a story",
    "ecs-native-no-skip": "nobody skips a wait; all of them pass in full",
}
