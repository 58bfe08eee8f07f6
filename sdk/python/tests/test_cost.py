from __future__ import annotations

import unittest
from decimal import Decimal
from fractions import Fraction

from tests import support  # noqa: F401  (finds the package)

from ciuic_sdk import Cost
from ciuic_sdk._cost import to_nano


class CostCompares(unittest.TestCase):
    def test_with_every_kind_of_number_exactly(self) -> None:
        cost = Cost(12_340_000_001)
        for less in (12, 12.34, Decimal("12.34"), Fraction(617, 50), Cost(12_340_000_000), float("-inf"), True):
            self.assertTrue(cost > less and cost >= less and less < cost and cost != less, less)
        for more in (13, 12.341, Decimal("12.340000002"), float("inf"), 10**30):
            self.assertTrue(cost < more and cost <= more and more > cost, more)
        self.assertEqual(Cost(5_000_000_000), 5)
        self.assertEqual(Cost(5_000_000_000), 5.0)
        self.assertEqual(hash(Cost(5_500_000_000)), hash(5.5))

    def test_with_nan_as_floats_do(self) -> None:
        nan = float("nan")
        self.assertFalse(Cost(1) > nan or Cost(1) < nan or Cost(1) == nan or Cost(1) > Decimal("nan"))

    def test_not_with_another_currency(self) -> None:
        self.assertNotEqual(Cost(1, "CNY"), Cost(1, "USD"))
        with self.assertRaises(TypeError):
            Cost(1, "CNY") < Cost(2, "USD")  # noqa: B015

    def test_without_asking_a_tensor_for_its_value(self) -> None:
        class Tensor:
            def __float__(self) -> float:
                raise AssertionError("this would wait for the device")

            __index__ = __bool__ = __float__  # type: ignore[assignment]

        self.assertFalse(Cost(1) == Tensor())
        with self.assertRaises(TypeError):
            Cost(1) > Tensor()  # type: ignore[operator]  # noqa: B015


class CostReads(unittest.TestCase):
    def test_as_people_write_money(self) -> None:
        for nano, text in ((0, "¥0.00"), (12_340_000_000, "¥12.34"), (4_515_840_000_000, "¥4,515.84"),
                           (123_000, "¥0.000123"), (500_000_000, "¥0.500"), (1, "¥0.000000001"),
                           (-12_340_000_000, "−¥12.34"), (999_999_999, "¥1.000")):
            self.assertEqual(str(Cost(nano)), text)
        self.assertEqual(str(Cost(5_000_000_000, "JPY")), "JPY 5.00")
        self.assertEqual(f"{Cost(12_345_678_901):.3f}", "12.346")

    def test_as_exact_decimal_and_as_float(self) -> None:
        self.assertEqual(Cost(12_340_000_001).amount, Decimal("12.340000001"))
        self.assertEqual(Cost(-5).amount, Decimal("-0.000000005"))
        self.assertEqual(str(Cost(0).amount), "0")
        self.assertEqual(float(Cost(1_500_000_000)), 1.5)

    def test_in_sums(self) -> None:
        self.assertEqual(sum([Cost(1), Cost(2)]), Cost(3))
        self.assertEqual(5000 - Cost(1_000_000_000), 4999)
        self.assertEqual(Cost(3_000_000_000) / 2, 1.5)
        self.assertEqual(round(Cost(12_345_000_000), 1), Decimal("12.3"))


class Amounts(unittest.TestCase):
    def test_become_nano_units_as_written(self) -> None:
        for value, nano in ((5000, 5_000 * 10**9), (0.1, 10**8), ("0.05", 5 * 10**7), (Decimal("1e-9"), 1),
                            (1e-10, 0), (5e-10, 1), (9_223_372_036, 9_223_372_036 * 10**9)):
            self.assertEqual(to_nano(value), nano, value)

    def test_are_refused_where_they_are_none(self) -> None:
        for value in (float("nan"), float("inf"), "many", "", None, True, [], 10**10, Decimal("sNaN"), 1e300, 1j):
            with self.assertRaises(ValueError, msg=repr(value)):
                to_nano(value)


if __name__ == "__main__":
    unittest.main()
