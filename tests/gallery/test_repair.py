"""What stays broken? Ways back that need what is not there, and damage that no way back repairs.

Facts: codedeploy-rollback-flip, codedeploy-rollback-after-success, codedeploy-alarm-window,
codedeploy-termination-wait, ecs-rollback-is-rolling, ecs-stop-deployment, ecs-start-backoff,
ecs-start-backoff-curve, ecr-pull-retries.
"""

import numpy as np
import pytest

from tests.gallery.common import (
    KEEPING,
    NO_LUCK,
    cell,
    changed,
    check_answers,
    each_keeping,
    mean,
    part,
    said,
    share,
    story,
    told,
)

pytestmark = pytest.mark.many_runs

#: The right answers: a number, or the strategy to choose.
ANSWERS = {
    "rollback-needs-registry": (2117, "recreate"),
    "destructive-migration": (281_000, 286_000),
    "expand-contract": (0, 0.249),
    "contract-too-early": (288_000, "canary"),
    "friday-evening": (205, "canary"),
    "rollback-button-broken": (548, "linear"),
}

#: No noise of counting where harm is reckoned by hand.
SUMS = "traffic.sampled=false"
#: A look of the scheduler is half of 10.2 s away on average.
NEXT_LOOK = 5.1


def chained(*changes, bug=""):
    """Return an override: a chain of schema changes, the last one with a bug if there is one."""
    faults = [f"{{kind: schema, change: {change}, touches: 20%}}" for change in changes]
    faults[-1] += f", {bug}" if bug else ""
    return f"releases=[{', '.join(f'{{faults: [{one}]}}' for one in faults)}]"


# Every story.


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name):
    """What each question asks for comes out as the trainer is told, far from the wrong answers."""
    check_answers(name, ANSWERS[name])


# The way back needs the registry, and the registry is down.


def test_rolling_waits_for_the_registry_by_hand():
    """Old tasks are started in vain four times, the fifth time half an hour later they start."""
    name = "rollback-needs-registry"
    # On other days going back is a deployment like the one before, from the next look on.
    usual = changed(name, "rolling", "environment.events=[]")["rollback_s"].mean()
    assert usual == pytest.approx(NEXT_LOOK + mean(name, "rolling", "full_traffic_s"), abs=1)
    # The first of six gives up 256 + 33 / 7 s after the order; then ECS waits twice 30.5 s, 297 s
    # and 594 s, and each time for its next look.
    rounds = 4 * (256 + 33 / 7 + NEXT_LOOK) + 2 * 30.5 + 297 + 594
    assert mean(name, "rolling", "rollback_s") == pytest.approx(rounds + usual, abs=5)
    assert (told(name, "rolling", "failed_tasks") == 4 * 6).all()
    # Three of ten requests fail all the while, as they did before the decision.
    assert mean(name, "rolling", "failed_after_decision") == pytest.approx(
        0.3 * 200 * 2100, rel=0.01
    )


def test_blue_green_flips_without_the_registry():
    """Old tasks still run, so going back is a change of weights, the same as on other days."""
    name = "rollback-needs-registry"
    usual = changed(name, "blue-green", "environment.events=[]")
    assert np.array_equal(told(name, "blue-green", "rollback_s"), usual["rollback_s"])
    # 32.5 s until CodeDeploy acts, 5.5 s of propagation.
    assert mean(name, "blue-green", "rollback_s") == pytest.approx(38, abs=2)
    assert told(name, "blue-green", "failed_tasks").max() == 0


def test_blue_green_without_a_wait_needs_the_registry():
    """Where nothing is kept for a termination wait, blue-green is as stuck as rolling."""
    # A person orders it ten minutes after the shift, so the fourth start falls to the end of the
    # outage. Six minutes more of it, and none of them gets through before it is given up.
    longer = ("defaults.termination_wait=0s", "environment.events.0.until=38m")
    runs = changed("rollback-needs-registry", "blue-green", *longer)
    assert runs["rollback_s"].min() > 2000
    assert (runs["failed_tasks"] == 4 * 6).all()


def test_recreate_has_no_way_back():
    """Recreate stops the failing tasks first, and then nobody answers until the registry does."""
    name = "rollback-needs-registry"
    assert mean(name, "recreate", "outage_s") > 30 * 60
    assert told(name, "recreate", "min_healthy_tasks").max() == 0
    assert told(name, "rolling", "min_healthy_tasks").min() == 6


def test_registry_winner():
    """The verdict names blue-green, and what the others wait for."""
    assert story("rollback-needs-registry").ranking.groups == (("blue-green",), ("rolling",))
    assert said("rollback-needs-registry").startswith("Blue-green. It fails 1")
    assert "no image can be pulled" in said("rollback-needs-registry", "Why")
    times = [cell("rollback-needs-registry", s, "rollback_time") for s in ("blue-green", "rolling")]
    assert times[0] == "38s"
    assert times[1].startswith("35m")


# The migration drops what the old version reads.


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary", "feature-flag"])
def test_migration_outlives_the_rollback_by_hand(strategy):
    """From the first new task on, one request in five fails wherever old code answers."""
    rows = changed("destructive-migration", strategy, SUMS)
    # ECS acts after 11.5 s, and the quickest of six tasks runs 43 s later.
    # From then on 20 % of 200 requests per second fail, except those that the new version serves.
    by_old = 200 * (7200 - 11.5 - 43) - rows["exposed_requests"].mean()
    assert rows["failed_requests"].mean() == pytest.approx(0.2 * by_old, rel=0.0005)
    assert part(rows, "rolled_back") == part(rows, "unrepaired") == 1.0


def test_migration_does_not_mind_the_flag():
    """Dark code reads as the old version does, and the column is gone for it as well."""
    assert told("destructive-migration", "feature-flag", "exposed_requests").max() == 0
    assert mean("destructive-migration", "feature-flag", "failed_requests") > 280_000


def test_migration_is_over_sooner_without_the_rollback():
    """Where no alarm sends users back, they fail only while old tasks still serve."""
    runs = changed("destructive-migration", "rolling", "defaults.alarms=[]", *NO_LUCK)
    # Ordered at 10 s, running at 55 s, registered at the look of 61 s, healthy at 62 s; ordered to
    # stop at the look of 71.2 s, gone from the balancer at the next one. Until then half is theirs.
    failed = 40 * (62 - 55) + 20 * (81.4 - 62)
    assert runs["failed_requests"] == pytest.approx(failed, rel=1e-6)
    assert part(runs, "succeeded") == 1.0
    usual = changed("destructive-migration", "rolling", "defaults.alarms=[]")["failed_requests"]
    assert usual.max() < mean("destructive-migration", "rolling", "failed_requests") / 100


def test_migration_that_can_be_taken_back():
    """With a migration that the rollback undoes, the same strategies stop the harm."""
    way = "release.faults.0.reversible=true"
    for strategy in ("rolling", "blue-green"):
        assert part(changed("destructive-migration", strategy, way), "stopped") == 1.0


def test_migration_saves_nobody():
    """The verdict says that no strategy helps, before it says which one hurts least."""
    start = "No strategy ends the harm here: users still fail after going back"
    assert said("destructive-migration").startswith(start)
    assert "The strategy hardly matters" in said("destructive-migration")
    assert cell("destructive-migration", "canary", "ends") == "undone, fails"


# The same column, renamed in three releases.

STEPS = ("expand", "migrate", "contract")
BUG = "{kind: errors, rate: 30%}"


@each_keeping
def test_small_steps_hurt_nobody(strategy):
    """No request fails in any of the three deployments, and the last one is live in the end."""
    assert told("expand-contract", strategy, "failed_requests").max() < 1e-6
    assert share("expand-contract", strategy, "shipped") == 1.0


@pytest.mark.parametrize("steps", [STEPS[:1], STEPS[:2], STEPS], ids=["first", "second", "third"])
@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_every_step_can_go_back(strategy, steps):
    """A bug in any of the three is taken back, and no data stands in the way."""
    shallow = "target_group.health_check.depth=shallow"
    runs = changed("expand-contract", strategy, chained(*steps, bug=BUG), shallow)
    assert part(runs, "stopped") == part(runs, "rolled_back") == 1.0
    assert runs["failed_schema"].max() == 0
    assert runs["incompatible_writes"].max() == 0


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_second_step_is_needed(strategy):
    """Who drops the old name while the version before still reads it fails to the end."""
    runs = changed("expand-contract", strategy, chained("expand", "contract"))
    assert runs["failed_schema"].min() > 200_000
    assert part(runs, "unrepaired") == 1.0


def test_first_step_is_needed_while_both_serve():
    """Rows that the old version still writes fail the new one, as long as both serve."""
    runs = {
        strategy: changed("expand-contract", strategy, chained("migrate", "contract"), SUMS)
        for strategy in ("rolling", "blue-green", "canary")
    }
    # A tenth of 200 requests for five minutes, one in five touches the table, one in five of those
    # meets such a row.
    assert runs["canary"]["failed_schema"].mean() == pytest.approx(20 * 300 * 0.04, rel=0.01)
    # With rolling half of the requests, for the 15 s from healthy to gone and longer.
    assert runs["rolling"]["failed_schema"].min() > 100 * 15 * 0.04
    assert runs["blue-green"]["failed_schema"].max() == 0
    assert runs["blue-green"]["mixed_s"].max() == 0


def test_small_steps_cost_by_hand():
    """Three deployments cost three times as much, and the waits are nearly all of it."""
    # A second fleet for 97 s of starting and shifting, 15 min of waiting and 32 s of draining,
    # less the 15 s before a pull starts: 1,014 s × 6 × $0.0494 per hour = $0.083, three times.
    single = changed("expand-contract", "blue-green", chained("expand"))["extra_cost_usd"].mean()
    assert single == pytest.approx(1014 / 3600 * 6 * 0.0494, rel=0.02)
    three = mean("expand-contract", "blue-green", "extra_cost_usd")
    assert three == pytest.approx(3 * single, rel=0.01)


def test_small_steps_are_level():
    """The verdict says that nobody fails a request, and that rolling is cheapest."""
    assert set(story("expand-contract").ranking.winners) == set(KEEPING)
    assert story("expand-contract").ranking.winners[0] == "rolling"
    assert said("expand-contract").startswith("Any but recreate. They fail no request.")
    assert "Rolling is the cheapest" in said("expand-contract")


# The old tasks still run, and their column is gone.


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
def test_way_back_leads_nowhere_by_hand(strategy):
    """The rollback is as quick as ever, and after it one request in five fails to the end."""
    rows = changed("contract-too-early", strategy, SUMS)
    bug = changed("contract-too-early", strategy, SUMS, f"release.faults=[{BUG}]")
    assert np.array_equal(rows["rollback_s"], bug["rollback_s"])
    assert part(rows, "unrepaired") == 1.0
    # When all traffic is on new tasks the column goes; from then on old code fails 40 of 200 a
    # second. What new tasks of a rolling deployment serve before that is not reckoned apart.
    by_old = 200 * (7200 - rows["full_traffic_s"]) - bug["exposed_requests"]
    failed = bug["failed_requests"] + 0.2 * by_old
    assert rows["failed_requests"] == pytest.approx(failed, rel=0.005)


@pytest.mark.parametrize("strategy", ["canary", "linear"])
def test_way_back_is_open_until_the_contract(strategy):
    """The alarm goes off before all traffic is on the new version, so the column still stands."""
    assert share("contract-too-early", strategy, "stopped") == 1.0
    assert told("contract-too-early", strategy, "failed_schema").max() == 0


def test_contract_with_the_first_task_spares_nobody():
    """Dropped when the first new task starts, the column is gone for all of them."""
    early = "release.faults.0.applied=first_new_task"
    for strategy in KEEPING:
        assert part(changed("contract-too-early", strategy, early), "unrepaired") == 1.0


@each_keeping
def test_contract_after_the_migration_comes_back(strategy):
    """The same bug in the last of three small steps is taken back by every strategy."""
    # With an hour each the third would not begin before the horizon.
    wait = "defaults.termination_wait=15m"
    runs = changed("contract-too-early", strategy, chained(*STEPS, bug=BUG), wait)
    assert part(runs, "stopped") == 1.0
    assert runs["failed_schema"].max() == 0


def test_early_contract_winner():
    """The verdict names the canary, and who still fails after the rollback."""
    assert story("contract-too-early").ranking.groups[:2] == (("canary",), ("linear",))
    assert said("contract-too-early").startswith("Canary. It fails 1,")
    why = said("contract-too-early", "Why")
    assert "After going back, users still fail with blue-green, rolling and recreate" in why


# Deployed on Friday at 17:47, broken at 20:00.


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_friday_waits_for_a_person(strategy):
    """The deployment is over before the fault shows, so 35 minutes pass until somebody acts."""
    good = changed("friday-evening", strategy, "release.faults=[]")
    assert good["deployment_s"].max() < 4100
    # 2 h 13 min until the fault, 25 min to notice it, 10 min to decide.
    assert (told("friday-evening", strategy, "decision_s") == 7980 + 1500 + 600).all()
    assert share("friday-evening", strategy, "stopped") == 1.0


@pytest.mark.parametrize(("strategy", "rest"), [("blue-green", 0), ("canary", 300 * 90)])
def test_friday_has_nothing_to_flip_back_to_by_hand(strategy, rest):
    """Old tasks start anew and traffic shifts back by the plan: a canary needs five minutes."""
    # 100 of 200 requests a second fail for 2,100 s until the decision, 120 s of typing and 85 s of
    # starting and shifting; a canary leaves 90 % of the users where they are for 300 s more.
    failed = 100 * (2100 + 120 + 85) + rest
    assert mean("friday-evening", strategy, "failed_requests") == pytest.approx(failed, rel=0.002)


def test_friday_makes_blue_green_a_rolling_deployment():
    """Once its old tasks are gone, blue-green deploys anew to go back, as rolling does."""
    for name in ("rolling", "blue-green"):
        # Two minutes of typing, and a deployment like the one before, from the next look on.
        again = 120 + NEXT_LOOK + mean("friday-evening", name, "full_traffic_s")
        assert mean("friday-evening", name, "rollback_s") == pytest.approx(again, abs=1)
        assert mean("friday-evening", name, "rollback_s") > 200


def test_friday_is_saved_by_a_long_wait():
    """While CodeDeploy still waits, the alarm acts within minutes and the old tasks still run."""
    noticed = mean("friday-evening", "long-wait", "decision_s") - 7980
    assert noticed == pytest.approx(142, abs=5)
    assert mean("friday-evening", "long-wait", "rollback_s") == pytest.approx(38, abs=1)
    ordinary = mean("friday-evening", "blue-green", "failed_requests")
    assert mean("friday-evening", "long-wait", "failed_requests") < ordinary / 10
    # Two fleets for 136 min, or twice for 62 min, there and back.
    costs = [mean("friday-evening", name, "extra_cost_usd") for name in ("long-wait", "blue-green")]
    assert costs[0] / costs[1] == pytest.approx(136 / 124, rel=0.02)


def test_friday_winner():
    """The verdict names the long wait, and says whose old tasks still run."""
    assert story("friday-evening").ranking.groups[0] == ("long-wait",)
    assert story("friday-evening").ranking.groups[-1] == ("canary",)
    assert said("friday-evening").startswith("Long-wait. It fails 18,")
    assert cell("friday-evening", "long-wait", "rollback_time") == "38s"


# The button for going back is refused.

WORKS = "operator.first_command=works"


def anew():
    """Return how long rolling takes to go back: a deployment like the one before."""
    return NEXT_LOOK + mean("rollback-button-broken", "rolling", "full_traffic_s")


@each_keeping
def test_broken_button_costs_the_same_everywhere(strategy):
    """Eight minutes are lost, and with them three of ten requests, whatever the strategy."""
    rows = story("rollback-button-broken").strategies[strategy].rows
    works = changed("rollback-button-broken", strategy, WORKS)
    assert np.array_equal(rows["decision_s"], works["decision_s"])
    # ECS acts at its looks: orders eight minutes apart are carried out a look more or less apart.
    later = rows["rollback_s"] - works["rollback_s"]
    assert later == pytest.approx(480, abs=12)
    assert later.mean() == pytest.approx(480, abs=1)
    # 30 % of 200 requests per second for 480 s.
    more = (rows["failed_requests"] - works["failed_requests"]).mean()
    assert more == pytest.approx(28_800, rel=0.02)


def test_broken_button_by_hand():
    """Half a minute of typing, eight minutes of waiting, and the usual way back."""
    name = "rollback-button-broken"
    assert mean(name, "blue-green", "rollback_s") == pytest.approx(30 + 480 + 38, abs=2)
    assert mean(name, "rolling", "rollback_s") == pytest.approx(30 + 480 + anew(), abs=2)


def test_button_that_deploys_the_bad_image_costs_as_much():
    """Where ECS takes the order and deploys the same image, eight minutes are lost as well."""
    name = "rollback-button-broken"
    same = changed(name, "rolling", "operator.first_command=same_image")
    assert np.array_equal(same["rollback_s"], told(name, "rolling", "rollback_s"))


def test_broken_button_outweighs_the_strategy():
    """Rolling, blue-green and canary differ by a tenth of what the button costs."""
    three = [
        mean("rollback-button-broken", name, "failed_requests")
        for name in ("rolling", "blue-green", "canary")
    ]
    assert max(three) - min(three) < 28_800 / 10


def test_image_that_is_gone_is_missed_by_rolling_alone():
    """Where the old image was deleted, tasks that still run do not miss it, new ones do."""
    gone = "operator.first_command=image_gone"
    ways = {
        name: changed("rollback-button-broken", name, gone)["rollback_s"].mean()
        for name in ("rolling", "blue-green")
    }
    assert ways["blue-green"] == pytest.approx(30 + 38, abs=2)
    # Three rounds fail 60 s after the quickest of six is provisioned, in 13 s; ECS waits twice for
    # 30.5 s and for 297 s, and each time for its next look. Eight minutes later the image is there.
    rounds = 3 * (13 + 60 + NEXT_LOOK) + 2 * 30.5 + 297
    assert rounds > 480
    assert ways["rolling"] == pytest.approx(30 + rounds + anew(), abs=5)


def test_broken_button_winner():
    """The verdict names linear, which has shown the fault to fewer users when a person acts."""
    assert story("rollback-button-broken").ranking.groups[0] == ("linear",)
    assert said("rollback-button-broken").startswith("Linear. It fails 56,")
    assert "a person with all of them" in said("rollback-button-broken", "Why")
    assert "first command to go back is refused" in said("rollback-button-broken", "Why")
