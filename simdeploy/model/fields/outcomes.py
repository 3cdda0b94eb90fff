"""Fields of what the batch engine keeps of a cohort from one instant to the next."""

from simdeploy.model.fields.declaring import flag, integer, rate, real, record

#: What becomes of a cohort's requests, in the order of `model.requests.Outcome`.
OUTCOMES = (
    ("refused", "Requests refused"),
    ("throttled", "Requests beyond what targets admit"),
    ("overload", "Requests whose clients leave before they are answered"),
    ("app", "Requests that the application answers with an error"),
    ("schema", "Requests that meet data which they cannot read"),
    ("idle", "Requests that the load balancer's idle timeout ends"),
    ("slow", "Requests answered slowly"),
    ("worked", "Requests that targets work on"),
    ("succeeding", "Those of them that do not fail there"),
    ("answers", "Good answers of the new revision"),
    ("writes_old", "Rows written in the old shape"),
    ("writes_new", "Rows written in the new shape"),
    ("exposed", "Requests served by bad code"),
    ("side_effects", "Side effects of bad code"),
    ("served", "Requests served in time"),
    ("utilization", "Utilization of each target"),
    ("success", "Share of arrivals that succeed"),
)
OUTCOME = record(
    "KeptOutcome",
    "What becomes of a cohort's requests, as the batch engine last computed it, and from what.",
    integer("epoch", "Number of the conditions for which it was computed."),
    integer("kind", "Revision, group, ramp and state of the targets, packed."),
    integer("n_targets", "Targets.", unit="targets"),
    integer("error_parts", "Sum of their error shares.", unit="2**-48"),
    integer("backlog_place", "Place of the backlog among the two levels, packed."),
    real("slow_level", "requests/target", "Backlog behind which answers are slow."),
    real("late_level", "requests/target", "Backlog behind which clients leave."),
    real("stall_level", "requests/target", "Backlog behind which health checks time out."),
    rate("worked_each", "Requests that each target works on."),
    rate("capacity", "What each target can serve."),
    *(rate(name, f"{what}.") for name, what in OUTCOMES),
    flag("is_stalled", "Whether health checks time out in the backlog."),
)
