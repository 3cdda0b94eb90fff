"""Requests at a task that hangs: it accepts them and never answers.

Source: ELB user guide, troubleshooting (504: no answer within the idle timeout; 460: the client
closed the connection before). Facts: alb-hung-target, alb-460-client-left.
"""


def gives_up_after(client_timeout: float, idle_timeout: float) -> float:
    """Seconds after which a request without an answer fails (alb-hung-target).

    The client leaves (460), or the load balancer gives up (504), whichever is first.

    >>> gives_up_after(10.0, 60.0), gives_up_after(90.0, 60.0)
    (10.0, 60.0)
    """
    return min(client_timeout, idle_timeout)
