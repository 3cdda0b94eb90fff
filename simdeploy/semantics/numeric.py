"""Elementary functions that give the same bits everywhere.

Mathematical libraries differ in the last place, and so do plain Python and compiled code that
call them. Code that turns a draw into a duration or a count therefore uses these functions. They
consist of additions, multiplications, divisions, square roots and exact scalings only, and IEEE
754 defines the result of each of these to the last bit.

Sources: the reductions and coefficients of ``exp`` and ``log`` are those of Sun's fdlibm
(``e_exp.c``, ``e_log.c``), of ``normal_quantile`` those of Wichura (1988), algorithm AS 241, and
the expansion in ``poisson`` is that of Giles (2016), algorithm 955.
"""

from math import floor, frexp, inf, nan, sqrt

#: ln 2 in two parts; the first has 21 trailing zero bits, so that k * LN2_HIGH is exact (fdlibm).
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
LOG2_E = 1.44269504088896338700

EXP_OVERFLOW = 709.782712893384
EXP_UNDERFLOW = -745.1332191019412

SQRT_HALF = 0.7071067811865476

#: Means below this value are inverted by summing probabilities, others by an expansion.
FEW = 16.0
#: More than any count that a mean below ``FEW`` reaches with a uniform of 53 bits.
MANY = 100.0


#: Relative difference below which two numbers count as equal: they differ by rounding.
TIE = 1e-9


def exceeds(value: float, limit: float) -> bool:
    """Whether a value is above a limit of 0 or more by more than rounding. Arithmetic.

    >>> exceeds(0.1 * 0.1, 0.01), exceeds(0.0101, 0.01), exceeds(0.0, 0.0)
    (False, True, False)
    """
    return value > limit * (1.0 + TIE)


def reaches(value: float, limit: float) -> bool:
    """Whether a value is at a limit of 0 or more, up to rounding, or above it. Arithmetic.

    >>> reaches(0.1 + 0.2, 0.3), reaches(0.1 * 3.0 - 1e-15, 0.3), reaches(0.29, 0.3)
    (True, True, False)
    """
    return value >= limit * (1.0 - TIE)


def power_of_two(k: int) -> float:
    """2.0**k for -31 <= k <= 31, exactly. Arithmetic.

    Compiled, a shift is three times as fast as ``ldexp``.

    >>> power_of_two(-31) == 2.0**-31, power_of_two(0), power_of_two(31) == 2.0**31
    (True, 1.0, True)
    """
    return float(1 << (k + 31)) * 4.656612873077392578125e-10


def scaled(y: float, k: int) -> float:
    """Return y * 2.0**k, rounded once at most; 0.5 <= y < 2, -1075 <= k <= 1024. Arithmetic.

    The ``ldexp`` of some platforms rounds a number below the smallest normal one in another way
    than IEEE 754. Here all steps are exact but the last one, which a subnormal result rounds
    (fdlibm's ``e_exp.c`` scales by 2**-1000 in the same place).

    >>> scaled(1.5, 1000) == 1.5 * 2.0**1000, scaled(1.5, -1074) == 2.0**-1073
    (True, True)
    """
    rest = k + 1000 if k < -1021 else k
    while rest > 31:
        y = y * 2147483648.0
        rest = rest - 31
    while rest < -31:
        y = y * 4.656612873077392578125e-10
        rest = rest + 31
    y = y * power_of_two(rest)
    return y * 9.332636185032189e-302 if k < -1021 else y


def exp(x: float) -> float:
    """Exponential function, to one unit in the last place (fdlibm).

    >>> exp(0.0), exp(1.0), exp(800.0), exp(-800.0)
    (1.0, 2.7182818284590455, inf, 0.0)
    """
    if x > EXP_OVERFLOW:
        return inf
    if not x >= EXP_UNDERFLOW:
        return 0.0 if x < EXP_UNDERFLOW else nan
    k = int(floor(x * LOG2_E + 0.5))  # noqa: RUF046  on a GPU, floor gives a float
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    p = t * (
        6.61375632143793436117e-05
        + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)
    )
    c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + p))
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    return y * power_of_two(k) if -31 <= k <= 31 else scaled(y, k)


def log(x: float) -> float:
    """Natural logarithm, to one unit in the last place; -inf at 0, NaN below (fdlibm).

    >>> log(1.0), log(10.0), log(0.0)
    (0.0, 2.302585092994046, -inf)
    """
    if not 0.0 < x < inf:
        return -inf if x == 0.0 else (x if x > 0.0 else nan)
    m, k = frexp(x)
    if m < SQRT_HALF:
        m = 2.0 * m
        k = k - 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    odd = 0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)
    series = even + z * (0.6666666666666735130 + w * odd)
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + series) + k * LN2_LOW)) - f)


def quantile_center(q: float) -> float:
    """Quantile of the standard normal distribution at 1/2 + q, abs(q) <= 0.425 (AS 241)."""
    r = 0.180625 - q * q
    a = 67265.770927008700853 + r * (33430.575583588128105 + r * 2509.0809287301226727)
    a = 1971.5909503065514427 + r * (13731.693765509461125 + r * (45921.953931549871457 + r * a))
    a = 3.387132872796366608 + r * (133.14166789178437745 + r * a)
    b = 39307.89580009271061 + r * (28729.085735721942674 + r * 5226.495278852854561)
    b = 687.1870074920579083 + r * (5394.1960214247511077 + r * (21213.794301586595867 + r * b))
    b = 1.0 + r * (42.313330701600911252 + r * b)
    return q * a / b


def quantile_tail(r: float) -> float:
    """Absolute quantile at a distance exp(-r * r) from the nearer end; 1.6 <= r <= 5 (AS 241)."""
    r = r - 1.6
    a = 0.24178072517745061177 + r * (0.0227238449892691845833 + r * 7.7454501427834140764e-4)
    a = 5.7694972214606914055 + r * (3.64784832476320460504 + r * (1.27045825245236838258 + r * a))
    a = 1.42343711074968357734 + r * (4.6303378461565452959 + r * a)
    b = 0.0151986665636164571966 + r * (5.475938084995344946e-4 + r * 1.05075007164441684324e-9)
    b = 1.6763848301838038494 + r * (0.68976733498510000455 + r * (0.14810397642748007459 + r * b))
    b = 1.0 + r * (2.05319162663775882187 + r * b)
    return a / b


def quantile_far_tail(r: float) -> float:
    """As ``quantile_tail``, for r > 5: closer than 1.4e-11 to an end (AS 241)."""
    r = r - 5.0
    a = 0.0012426609473880784386 + r * (2.71155556874348757815e-5 + r * 2.01033439929228813265e-7)
    a = 1.7848265399172913358 + r * (0.29656057182850489123 + r * (0.026532189526576123093 + r * a))
    a = 6.6579046435011037772 + r * (5.4637849111641143699 + r * a)
    b = 1.8463183175100546818e-5 + r * (1.4215117583164458887e-7 + r * 2.04426310338993978564e-15)
    b = 0.13692988092273580531 + r * (
        0.0148753612908506148525 + r * (7.868691311456132591e-4 + r * b)
    )
    b = 1.0 + r * (0.59983220655588793769 + r * b)
    return a / b


def normal_quantile(u: float) -> float:
    """Quantile of the standard normal distribution; infinite at 0 and 1 (AS 241).

    >>> normal_quantile(0.5), normal_quantile(0.975), normal_quantile(0.0)
    (0.0, 1.9599639845400536, -inf)
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        return quantile_center(q)
    nearer = u if q < 0.0 else 1.0 - u
    if not nearer > 0.0:
        return q * inf if nearer == 0.0 else nan
    r = sqrt(-log(nearer))
    z = quantile_tail(r) if r <= 5.0 else quantile_far_tail(r)
    return -z if q < 0.0 else z


def poisson_few(u: float, mean: float) -> float:
    """Smallest count whose cumulated probability reaches u, by summing. Arithmetic."""
    count = 0.0
    probability = exp(-mean)
    reached = probability
    while reached < u and count < MANY:
        count = count + 1.0
        probability = probability * mean / count
        reached = reached + probability
    return count


def poisson(u: float, mean: float) -> float:
    """Poisson count at the quantile u, a whole number that never decreases as u grows.

    From a mean of 16 on, the count is an expansion in the normal quantile (algorithm 955), which is
    off by one for at most two in a thousand of u.

    >>> poisson(0.5, 0.0), poisson(0.5, 3.0), poisson(0.5, 100.0), poisson(0.99, 100.0)
    (0.0, 3.0, 100.0, 124.0)
    """
    if not mean > 0.0:
        return 0.0
    if mean < FEW:
        return poisson_few(u, mean)
    z = normal_quantile(u)
    root = sqrt(mean)
    x = mean + root * z + (2.0 + z * z) / 6.0 - (z / 36.0 + z * z * z / 72.0) / root
    return float(floor(x)) if x > 0.0 else 0.0
