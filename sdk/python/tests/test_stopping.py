"""When it is not worth to go on."""

from __future__ import annotations

import math
import unittest

from tests.support import SdkTest

from ciuic_sdk import CostMonitor
from ciuic_sdk._stopping import CHANCE, Curve


def curve_of(values: list[float], mode: str = "min") -> Curve:
    curve = Curve(mode)
    for value in values:
        curve.add(value)
    return curve


FALLING = [2.0 * 0.93 ** i + 0.5 for i in range(40)]
FLAT = FALLING + [FALLING[-1] * (1.001 + 0.0005 * math.sin(i)) for i in range(60)]


class StoppingTest(unittest.TestCase):
    def test_a_curve_that_falls_goes_on(self) -> None:
        self.assertGreater(curve_of(FALLING).chance(), CHANCE)

    def test_a_curve_that_has_been_flat_for_long_stops(self) -> None:
        self.assertLess(curve_of(FLAT).chance(), CHANCE)

    def test_higher_is_better_is_the_same_curve_upside_down(self) -> None:
        self.assertEqual(curve_of([-v for v in FLAT], "max").chance(), curve_of(FLAT).chance())

    def test_the_longer_it_waits_the_smaller_the_chance(self) -> None:
        self.assertLess(curve_of(FLAT).chance(), curve_of(FLAT[:60]).chance())

    def test_a_curve_that_has_not_begun_to_learn_is_not_stopped(self) -> None:
        self.assertEqual(curve_of([0.9 + 0.0001 * (i % 3) for i in range(60)]).chance(), 1.0)

    def test_a_curve_that_jumps_about_is_not_stopped(self) -> None:
        self.assertEqual(curve_of(FALLING + [0.6 + 0.3 * (i % 2) for i in range(60)]).chance(), 1.0)

    def test_nothing_is_said_of_a_few_values_and_odd_ones_are_no_improvement(self) -> None:
        self.assertEqual(Curve().chance(), 1.0)
        self.assertEqual(curve_of([1.0]).chance(), 1.0)
        odd = curve_of(FALLING[:5] + [math.nan, math.inf, -math.inf] + FALLING[5:])
        self.assertEqual(odd.bests[-1], FALLING[-1])
        self.assertTrue(0 <= odd.chance() <= 1)

    def test_zeros_constants_and_enormous_values_have_an_answer(self) -> None:
        for values in ([0.0] * 50, [7.0] * 50, [1e308, -1e308] * 25, [5e-324] * 50):
            self.assertTrue(0 <= curve_of(values).chance() <= 1)


class Monitor(SdkTest):
    def test_stops_its_epochs_where_the_metric_has_been_flat_for_long(self) -> None:
        monitor = CostMonitor()
        monitor.stop_on_plateau("val_loss")
        seen = 0
        for value in monitor.epochs(FLAT):
            monitor.log(val_loss=value, other=1.0)
            seen += 1
        self.assertLess(seen, len(FLAT))
        self.assertGreater(seen, len(FALLING))
        self.assertTrue(monitor.should_stop())

    def test_goes_on_where_nobody_asked(self) -> None:
        monitor = CostMonitor()
        for value in FLAT:
            monitor.log(val_loss=value)
        self.assertFalse(monitor.should_stop())
        self.assertEqual(monitor.chance_of_improvement, 1.0)

    def test_an_unknown_mode_is_told_and_ignored(self) -> None:
        monitor = CostMonitor()
        monitor.stop_on_plateau("val_loss", mode="down")
        for value in FLAT:
            monitor.log(val_loss=value)
        self.assertFalse(monitor.should_stop())


if __name__ == "__main__":
    unittest.main()
