"""The record that a scenario is kept in; sizes are those of ``layout``. Never compiled itself."""

import numpy as np

from simdeploy.engines.shared.layout import (
    CUT_POINTS,
    DISTS,
    EVENTS,
    EXITS,
    FLAG_LEVELS,
    GENERATIONS,
    HOOKS,
    LEVELS,
    MAX_ALARMS,
    PACES,
    PIECES,
    QUANTILES,
    RUNGS,
    STEPS,
    THRESHOLDS,
    UTILIZATIONS,
)

STEP = np.dtype([("op", "i8"), ("a", "f8"), ("b", "f8")])
#: What the environment is like from an instant on.
PIECE = np.dtype([("at", "f8"), ("rate", "f8"), ("flaky", "f8"), ("down", "i8"), ("blind", "i8")])
CRASH = np.dtype([("at", "f8"), ("revision", "i8"), ("tasks", "i8")])
WINDOW = np.dtype([("start", "f8"), ("end", "f8"), ("factor", "f8"), ("fails_after", "f8")])
NOISE = np.dtype([("alarm", "i8"), ("start", "f8"), ("end", "f8"), ("chance", "f8")])
ALARM = np.dtype(
    [
        ("metric", "i8"),
        ("scope", "i8"),
        ("threshold", "f8"),
        ("period", "f8"),
        ("datapoints", "i8"),
        ("of", "i8"),
        ("missing", "i8"),
        ("red_until", "f8"),
        ("slower", "f8", (PACES, 65)),
    ]
)
HOOK = np.dtype(
    [
        ("duration", "i8"),
        ("timeout", "f8"),
        ("never_answers", "i8"),
        ("sees", "i8"),
        ("chance", "f8"),
    ]
)
EXIT = np.dtype([("probability", "f8"), ("after", "i8"), ("kind", "i8")])
#: From ``at`` on, the error share in units of 2**-48, and the share of it that checks see.
RUNG = np.dtype([("at", "f8"), ("level", "i8"), ("seen", "f8")])
RELEASE_FAULTS = np.dtype(
    [
        ("bad", "i8"),
        ("kinds", "i8"),
        ("exits", "i8"),
        ("exit", EXIT, (EXITS,)),
        ("never_listens", "f8"),
        ("rungs", "i8", (3,)),
        ("rung", RUNG, (3, RUNGS)),
        ("cold_for", "f8"),
        ("silents", "i8"),
        ("silent", "i8", (EXITS,)),
        ("change", "i8"),
        ("touches", "f8"),
        ("meets", "f8"),
        ("applied", "i8"),
        ("reversible", "i8"),
        ("repaired_after", "f8"),
        ("side_effects", "f8"),
        ("connections", "i8"),
        ("pace", "i8", (FLAG_LEVELS, 2)),
    ]
)

MODEL = np.dtype(
    [
        ("desired", "i8"),
        ("slots", "i8"),
        ("launch_rate", "f8"),
        ("launch_burst", "i8"),
        ("same_revision", "i8"),
        ("paces", "i8"),
        ("capacity", "f8", (PACES,)),
        ("client_timeout", "f8"),
        ("slo", "f8"),
        ("levels", "i8"),
        ("level", "f8", (LEVELS,)),
        ("cancels_abandoned", "i8"),
        ("overload_is_5xx", "i8"),
        ("base_error", "f8"),
        ("idle_cut", "f8"),
        ("sockets", "f8"),
        ("socket_end", "f8"),
        ("max_connections", "i8"),
        ("boost", "f8"),
        ("boost_for", "f8"),
        ("stop_timeout", "f8"),
        ("grace", "f8"),
        ("tick", "f8"),
        ("count_draining", "i8"),
        ("stop_before_start", "i8"),
        ("backoff_first", "f8"),
        ("backoff_cap", "f8"),
        ("interval", "f8"),
        ("initial_passes", "i8"),
        ("healthy_threshold", "i8"),
        ("unhealthy_threshold", "i8"),
        ("too_slow", "f8", (PACES,)),
        ("deep", "i8"),
        ("queued", "i8"),
        ("check_timeout", "f8"),
        ("unlistened", "i8"),
        ("slow_start", "f8"),
        ("delay", "f8"),
        ("fail_open", "i8"),
        ("fail_open_min", "i8"),
        ("open_initial", "i8"),
        ("groups", "i8"),
        ("controller", "i8"),
        ("steps", "i8"),
        ("flagged", "i8"),
        ("flag_share", "f8", (FLAG_LEVELS,)),
        ("hook", HOOK, (HOOKS,)),
        ("undo_hooks", "i8"),
        ("undo_hook", "i8", (HOOKS,)),
        ("sampled", "i8"),
        ("red_alarm_stops", "i8"),
        ("breaker", "i8"),
        ("breaker_rollback", "i8"),
        ("threshold", "i8"),
        ("reset_on_healthy", "i8"),
        ("counts_exits", "i8"),
        ("counts_detect", "i8"),
        ("releases", "i8"),
        ("release", RELEASE_FAULTS, (GENERATIONS,)),
        ("operator", "i8"),
        ("notices_share", "f8"),
        ("patience", "f8"),
        ("first_command", "i8"),
        ("retry_after", "f8"),
        ("drill_after", "f8"),
        ("hourly", "f8"),
        ("billed_minimum", "f8"),
        ("horizon", "f8"),
        ("in_flight", "f8"),
        ("alarms", "i8"),
        ("pieces", "i8"),
        ("crashes", "i8"),
        ("windows", "i8"),
        ("noises", "i8"),
        ("dists", "f8", (DISTS, 4)),
        ("quantiles", "f8", (QUANTILES, 257)),
        ("plan", STEP, (STEPS,)),
        ("piece", PIECE, (PIECES,)),
        ("crash", CRASH, (EVENTS,)),
        ("window", WINDOW, (EVENTS,)),
        ("noise", NOISE, (EVENTS,)),
        ("alarm", ALARM, (MAX_ALARMS,)),
        ("slow", "f8", (PACES, 65)),
        ("tails", "f8", (PACES, UTILIZATIONS, THRESHOLDS)),
        ("thresholds", "f8", (THRESHOLDS,)),
        ("cut_reach", "f8"),
        ("cuts", "f8", (PACES, CUT_POINTS)),
    ]
)
