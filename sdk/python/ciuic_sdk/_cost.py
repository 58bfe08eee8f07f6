"""An exact amount of money that compares with any number."""

from __future__ import annotations

import numbers
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any, Dict, Optional, Union

NANO = 1_000_000_000
MAX_NANO = 2**63 - 1

SYMBOLS: Dict[str, str] = {
    "CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JPY ", "HKD": "HK$", "TWD": "NT$", "SGD": "S$",
    "KRW": "₩", "INR": "₹", "CHF": "CHF ", "AUD": "A$", "CAD": "C$", "SEK": "SEK ", "NOK": "NOK ", "BRL": "R$",
}

Number = Union[int, float, Decimal, Fraction]


def _exact(value: object) -> Optional[Union[Fraction, float]]:
    """The value as a fraction; infinities and NaN as they are; None if it is no number.

    Only registered numbers are converted: asking a tensor for its value would wait for the device.
    """
    if isinstance(value, Cost):
        return Fraction(value.nano, NANO)
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() else float("nan" if value.is_nan() else value)
    if isinstance(value, numbers.Real):
        number = float(value)
        return Fraction(number) if number - number == 0 else number
    return None


def to_nano(value: object) -> int:
    """Whole nano-units of an amount, rounded half up. A float counts as what it is written as.

    Raises ValueError: no number, not finite, or beyond 64 bits.
    """
    if isinstance(value, Cost):
        return value.nano
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, Decimal, str)):
        raise ValueError("it is not a number")
    try:
        number = Decimal(repr(float(value))) if isinstance(value, numbers.Real) and not isinstance(
            value, numbers.Integral) else Decimal(int(value) if isinstance(value, numbers.Integral) else str(value))
    except (ArithmeticError, ValueError) as fault:
        raise ValueError("it is not a number") from fault
    if not number.is_finite():
        raise ValueError("it is not finite")
    if abs(number) > MAX_NANO // NANO:
        raise ValueError(f"it is larger than {MAX_NANO // NANO}")
    with localcontext() as context:
        context.prec = 40
        return int((number * NANO).to_integral_value(rounding=ROUND_HALF_UP))


class Cost:
    """Money: whole nano-units of a currency. Compares exactly with int, float, Decimal and Cost.

    `as_of` is the time of the newest reading in it, None where nothing was metered yet.
    `is_complete` says that the run is closed and all of it is in the ledger.
    """

    __slots__ = ("_nano", "_currency", "_as_of", "_is_complete")

    def __init__(self, nano: int = 0, currency: str = "CNY", as_of: Optional[datetime] = None,
                 is_complete: bool = False) -> None:
        self._nano = nano
        self._currency = currency
        self._as_of = as_of
        self._is_complete = is_complete

    @property
    def nano(self) -> int:
        return self._nano

    @property
    def currency(self) -> str:
        return self._currency

    @property
    def as_of(self) -> Optional[datetime]:
        return self._as_of

    @property
    def is_complete(self) -> bool:
        return self._is_complete

    @property
    def amount(self) -> Decimal:
        """Exactly, in whole units of the currency."""
        if self._nano == 0:
            return Decimal(0)  # which prints as 0 and not as 0E-9
        sign = 1 if self._nano < 0 else 0
        return Decimal((sign, tuple(int(digit) for digit in str(abs(self._nano))), -9))

    def _other(self, other: object) -> Optional[Union[Fraction, float]]:
        if isinstance(other, Cost) and other._currency != self._currency:
            return None
        return _exact(other)

    def __eq__(self, other: object) -> bool:
        value = self._other(other)
        return NotImplemented if value is None else Fraction(self._nano, NANO) == value

    def __lt__(self, other: object) -> bool:
        value = self._other(other)
        return NotImplemented if value is None else Fraction(self._nano, NANO) < value

    def __le__(self, other: object) -> bool:
        value = self._other(other)
        return NotImplemented if value is None else Fraction(self._nano, NANO) <= value

    def __gt__(self, other: object) -> bool:
        value = self._other(other)
        return NotImplemented if value is None else Fraction(self._nano, NANO) > value

    def __ge__(self, other: object) -> bool:
        value = self._other(other)
        return NotImplemented if value is None else Fraction(self._nano, NANO) >= value

    def __hash__(self) -> int:
        return hash(Fraction(self._nano, NANO))

    def __bool__(self) -> bool:
        return self._nano != 0

    def __float__(self) -> float:
        return self._nano / NANO

    def __int__(self) -> int:
        return int(Fraction(self._nano, NANO))

    def _moved(self, other: object, sign: int) -> Any:
        if isinstance(other, Cost) and other._currency != self._currency:
            return NotImplemented
        if isinstance(other, Cost) or (isinstance(other, (numbers.Real, Decimal)) and not isinstance(other, bool)):
            return Cost(self._nano + sign * to_nano(other), self._currency, self._as_of)
        return NotImplemented

    def __add__(self, other: object) -> Any:
        return self._moved(other, 1)

    __radd__ = __add__

    def __sub__(self, other: object) -> Any:
        return self._moved(other, -1)

    def __rsub__(self, other: object) -> Any:
        return (-self)._moved(other, 1)

    def __neg__(self) -> Cost:
        return Cost(-self._nano, self._currency, self._as_of)

    def __truediv__(self, other: object) -> float:
        """A share, or a mean: for reading, so a float."""
        value = self._other(other)
        return NotImplemented if value is None else float(self) / float(value)

    def __round__(self, places: int = 0) -> Decimal:
        return round(self.amount, places)

    def __str__(self) -> str:
        magnitude = abs(self._nano)
        places = 2
        if 0 < magnitude < NANO:
            bound = NANO // 10
            while magnitude < bound and places < 8:
                places += 1
                bound //= 10
            places += 1
        step = 10 ** (9 - places)
        rounded = (magnitude + step // 2) // step
        whole, part = divmod(rounded, 10**places)
        sign = "−" if self._nano < 0 else ""
        return f"{sign}{SYMBOLS.get(self._currency, self._currency + ' ')}{whole:,}.{part:0{places}d}"

    def __format__(self, spec: str) -> str:
        return format(self.amount, spec) if spec else str(self)

    def __repr__(self) -> str:
        return f"Cost({self.amount} {self._currency})"
