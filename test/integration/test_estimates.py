"""What an estimate can be asked for at its worst: each is refused, and the answer says what to give instead. docs/bad-input.md lists
every case."""

from __future__ import annotations

import json
import os
import pathlib
import time
import unittest
from typing import Any

from metered import PYTHON, Metered

GOOD = ("--model", "llama3-8b", "--gpu", "8xA100-80GB", "--tokens", "1e9", "--batch", "512")
IMPOSSIBLE = ("0", "-1", "nan", "inf", "abc", "1.5", "")


class Estimates(Metered):
    def refused(self, *words: str, says: str = "") -> str:
        """What the command says on stderr; asserts that it refuses, prints no figure, and is no crash."""
        done = self.epochcost("estimate", *words)
        told = done.stderr.decode()
        self.assertIn(done.returncode, (1, 2), f"{words}: {told}{done.stdout.decode()}")
        self.assertTrue(told.startswith("error: "), told)
        self.assertEqual(done.stdout, b"")
        self.assertIn(says, told)
        return told

    def with_good(self, flag: str, value: str) -> "tuple[str, ...]":
        words = list(GOOD)
        if flag in words:
            words[words.index(flag) + 1] = value
        else:
            words += [flag, value]
        return tuple(words)

    def test_the_good_one_is_answered(self) -> None:
        done = self.epochcost("estimate", *GOOD, "--json")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertGreater(json.loads(done.stdout)["step"]["value"], 0)

    def test_an_unknown_name_is_answered_with_the_nearest(self) -> None:
        for flag, value, nearest in (("--model", "llama3-8", "llama3-8b"), ("--gpu", "8xA100-80GX", "A100-SXM-80GB"), ("--network", "infiniband-ndx", "infiniband-ndr"),
                                     ("--precision", "bf61", "bf16"), ("--optimizer", "adan", "adam"), ("--recompute", "ful", "full")):
            with self.subTest(flag):
                self.refused(*self.with_good(flag, value), says=nearest)
        with self.subTest("a flag"):
            self.refused(*GOOD, "--micro-bach", "4", says="--micro-batch")

    def test_a_number_that_cannot_be_is_refused_wherever_it_stands(self) -> None:
        for flag in ("--batch", "--micro-batch", "--tokens", "--epochs", "--sequence", "--tp", "--pp", "--sync-every"):
            for value in IMPOSSIBLE:
                with self.subTest(f"{flag} {value}"):
                    self.refused(*self.with_good(flag, value))

    def test_what_is_done_beside_the_steps_is_refused_where_it_cannot_be(self) -> None:
        for flag in ("--eval-samples", "--checkpoint-every", "--compile", "--stragglers"):
            for value in ("0", "-1", "nan", "inf", "abc", "", "1000000000000000000"):
                with self.subTest(f"{flag} {value}"):
                    self.refused(*GOOD, flag, value)
        self.refused(*GOOD, "--eval-every", "100", says="--eval-samples")
        self.refused(*GOOD, "--disk-speed", "3", says="--checkpoint-every")
        self.refused(*GOOD, "--checkpoint-every", "epoch", "--disk-speed", "0")

    def test_what_is_done_beside_the_steps_is_in_the_whole_run_and_not_in_the_epoch(self) -> None:
        def answer(*words: str) -> "dict[str, Any]":
            done = self.epochcost("estimate", *GOOD, "--json", *words)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            answered: "dict[str, Any]" = json.loads(done.stdout)
            return answered

        bare = answer()
        self.assertEqual(bare["phases"], [])
        beside = answer("--eval-samples", "1000", "--checkpoint-every", "epoch", "--compile", "auto")
        self.assertEqual([each["phase"] for each in beside["phases"]], ["setup", "eval", "checkpoint"])
        self.assertEqual(beside["per_epoch_nano"], bare["per_epoch_nano"])
        self.assertEqual(beside["whole_run_nano"], bare["whole_run_nano"] + sum(each["amount_nano"] for each in beside["phases"]))
        self.assertAlmostEqual(beside["duration"]["value"], bare["duration"]["value"] + sum(each["hours"]["value"] for each in beside["phases"]))

    def test_ten_to_the_eighteen_is_refused_or_told_never_wrong(self) -> None:
        for flag in ("--batch", "--micro-batch", "--sequence", "--tp", "--pp"):
            with self.subTest(flag):
                self.refused(*self.with_good(flag, "1000000000000000000"))
        done = self.epochcost("estimate", *self.with_good("--tokens", "1e18"), "--json")
        if done.returncode == 0:
            self.assertGreater(json.loads(done.stdout)["epoch"]["value"], 1e6)
        else:
            self.assertTrue(done.stderr.startswith(b"error: "))

    def test_a_price_that_cannot_be_is_refused(self) -> None:
        for price in ("-1", "nan", "abc", "1000000000000000000", ""):
            with self.subTest(price):
                self.refused(*self.with_good("--gpu", f"8xA100-80GB@{price}"))

    def test_a_config_that_is_not_a_models_is_refused(self) -> None:
        for name, text in (("empty", ""), ("list", "[]"), ("other", '{"name": "x"}'), ("broken", "{"), ("zero", '{"model_type": "llama", "hidden_size": 0}'),
                           ("unknown", '{"model_type": "lama", "hidden_size": 4096, "num_hidden_layers": 2}')):
            with self.subTest(name):
                path = pathlib.Path(self.home, f"{name}.json")
                path.write_text(text, encoding="utf-8")
                self.refused("--config", str(path), "--gpu", "A100", "--tokens", "1e9", says=path.name if name in ("empty", "list", "broken") else "")
        self.refused("--config", os.path.join(self.home, "none.json"), "--gpu", "A100", "--tokens", "1e9", says="none.json")

    def test_shapes_that_do_not_divide_are_refused_with_what_does(self) -> None:
        for flag, value in (("--tp", "7"), ("--pp", "5"), ("--batch", "511"), ("--micro-batch", "7")):
            with self.subTest(flag):
                self.assertIn("hint", self.refused(*self.with_good(flag, value)))

    def test_a_strategy_that_cannot_be_placed_is_refused(self) -> None:
        self.refused(*self.with_good("--tp", "16"))
        self.refused(*self.with_good("--zero", "4"))
        self.refused(*self.with_good("--gpu", "0xA100"))

    def test_one_that_does_not_fit_is_answered_and_says_by_how_much(self) -> None:
        done = self.epochcost("estimate", "--model", "llama3-70b", "--gpu", "1xT4", "--tokens", "1e9", "--json")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        answer = json.loads(done.stdout)
        self.assertFalse(answer["fits"])


class Probes(Metered):
    def probed(self, *program: str, options: "tuple[str, ...]" = ()) -> str:
        began = time.monotonic()
        done = self.epochcost("estimate", "--probe", "5", "--steps", "100", "--in-place", *options, "--", *program, cwd=self.home)
        self.assertNotEqual(done.returncode, 0, done.stdout.decode())
        self.assertEqual(done.stdout, b"")
        self.assertLess(time.monotonic() - began, 60)
        told = done.stderr.decode()
        self.assertTrue(told.startswith("error: "), told)
        return told

    def test_of_no_program(self) -> None:
        self.assertIn("for example", self.probed())
        self.assertIn("/no/such", self.probed("/no/such/program"))

    def test_of_a_program_that_ends_at_once(self) -> None:
        told = self.probed(PYTHON, "-c", "print('nothing to do')")
        self.assertIn("it ended after", told)
        self.assertIn("nothing to do", told)
        self.assertIn("monitor.step()", told)

    def test_of_a_program_that_hangs_and_prints_nothing(self) -> None:
        told = self.probed("sleep", "1000", options=("--patience", "1"))
        self.assertIn("nothing was heard for 1 s", told)
        self.assertIn("hint", told)

    def test_of_a_program_that_never_steps(self) -> None:
        told = self.probed(PYTHON, "-u", "-c", "import time\nwhile True: print('busy'); time.sleep(0.1)", options=("--patience", "1"))
        self.assertIn("busy", told)

    def test_of_a_program_whose_length_nobody_says(self) -> None:
        program = "import time\nfor step in range(1000): print(f'step {step + 1}', flush=True); time.sleep(0.01)"
        done = self.epochcost("estimate", "--probe", "5", "--in-place", "--", PYTHON, "-c", program, cwd=self.home)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--steps", done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
