#!/usr/bin/env bash
# Takes a release of one ECS service back. Usage: rollback.sh --help
set -euo pipefail

# The names of the service for which this was written; nothing in them is expanded.
# shellcheck disable=SC1003,SC2016
own=(@SERVICE@ @CLUSTER@ @APPLICATION@ @GROUP@)
service=${ROLLBACK_SERVICE-${own[0]}}
cluster=${ROLLBACK_CLUSTER-${own[1]}}
application=${ROLLBACK_APPLICATION-${own[2]}}
group=${ROLLBACK_GROUP-${own[3]}}
dry_run=false
target=

usage() {
    cat <<'END'
Usage: rollback.sh [OPTIONS] DEPLOYMENT_ID | TASK_DEFINITION_ARN

  DEPLOYMENT_ID         A deployment of CodeDeploy that still runs, its termination wait included,
                        such as d-ABCDEFGHI: it is stopped, and traffic goes back to the old tasks.
  TASK_DEFINITION_ARN   The revision to go back to, such as
                        arn:aws:ecs:us-east-1:123456789012:task-definition/checkout-api:42.
                        With the controller ECS the service is updated to it; with CodeDeploy a
                        deployment of it is created.
Options:
  --service NAME        The ECS service.                    Or ROLLBACK_SERVICE.
  --cluster NAME        Its cluster.                        Or ROLLBACK_CLUSTER.
  --application NAME    CodeDeploy's application.           Or ROLLBACK_APPLICATION.
  --group NAME          CodeDeploy's deployment group.      Or ROLLBACK_GROUP.
  --dry-run             Print the commands that change something, and change nothing.
  --help                Print this.

Region and credentials are those of the AWS CLI. Exit codes: 0 ordered, 1 not possible, 2 bad
arguments.
END
}

refuse() { # refuse CODE TEXT
    printf 'rollback.sh: %s\n' "$2" >&2
    exit "$1"
}

change() { # change COMMAND...: carries out a command, or prints it
    if "$dry_run"; then
        printf '%q ' "$@"
        printf '\n'
    else
        "$@"
    fi
}

while (($#)); do
    case $1 in
        --dry-run) dry_run=true ;;
        --help | -h)
            usage
            exit 0
            ;;
        --service | --cluster | --application | --group)
            (($# > 1)) || refuse 2 "$1: needs a name"
            printf -v "${1#--}" '%s' "$2"
            shift
            ;;
        -*) refuse 2 "unknown option $1; see rollback.sh --help" ;;
        *)
            [[ -z $target ]] || refuse 2 "one deployment or task definition, please; got $target and $1"
            target=$1
            [[ -n $target ]] || refuse 2 "an empty argument; see rollback.sh --help"
            ;;
    esac
    shift
done

deployment_id='^d-[A-Z0-9]{9,20}$'
task_definition='^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:task-definition/[A-Za-z0-9_-]{1,255}:[1-9][0-9]{0,9}$'
word='^[A-Za-z0-9_-]{1,255}$'

need() { # need NAME VALUE
    [[ -n $2 ]] || refuse 2 "--$1: needed; see rollback.sh --help"
}

stop_deployment() {
    local status
    status=$(aws deploy get-deployment --deployment-id "$target" \
        --query deploymentInfo.status --output text)
    case $status in
        Created | Queued | InProgress | Baking | Ready) ;;
        *) refuse 1 "$target is $status, so it cannot be stopped; give the task definition to go back to" ;;
    esac
    change aws deploy stop-deployment --deployment-id "$target" --auto-rollback-enabled
}

of_service() { # of_service QUERY: prints what describe-services knows of the service
    aws ecs describe-services --cluster "$cluster" --services "$service" \
        --query "services[0].$1" --output text
}

update_service() {
    change aws ecs update-service --cluster "$cluster" --service "$service" \
        --task-definition "$target" --force-new-deployment
    change aws ecs wait services-stable --cluster "$cluster" --services "$service"
}

create_deployment() {
    need application "$application"
    need group "$group"
    local container port spec revision
    container=$(of_service 'loadBalancers[0].containerName')
    port=$(of_service 'loadBalancers[0].containerPort')
    [[ $container =~ $word && $port =~ ^[0-9]{1,5}$ ]] ||
        refuse 1 "no container behind a load balancer; got $container:$port"
    spec='{"version":1,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":{'
    spec+="\"TaskDefinition\":\"$target\",\"LoadBalancerInfo\":{"
    spec+="\"ContainerName\":\"$container\",\"ContainerPort\":$port}}}}]}"
    revision="{\"revisionType\":\"AppSpecContent\",\"appSpecContent\":{\"content\":\"${spec//\"/\\\"}\"}}"
    change aws deploy create-deployment --application-name "$application" \
        --deployment-group-name "$group" --revision "$revision"
}

redeploy() {
    need service "$service"
    need cluster "$cluster"
    local controller
    controller=$(of_service 'deploymentController.type')
    case $controller in
        CODE_DEPLOY) create_deployment ;;
        ECS) update_service ;;
        # A service without the block has ECS's own controller; one that is not there has no status.
        None)
            [[ $(of_service status) != None ]] || refuse 1 "no service $service in cluster $cluster"
            update_service
            ;;
        *) refuse 1 "the controller of $service is $controller; use the pipeline that deployed it" ;;
    esac
}

if [[ -z $target ]]; then
    refuse 2 "a deployment id or a task definition ARN is needed; see rollback.sh --help"
elif [[ $target =~ $deployment_id ]]; then
    stop_deployment
elif [[ $target =~ $task_definition ]]; then
    redeploy
else
    refuse 2 "neither a deployment id (d-ABCDEFGHI) nor the ARN of a task definition with its revision; got $target"
fi
