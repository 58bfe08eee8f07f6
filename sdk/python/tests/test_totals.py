from __future__ import annotations

import os
import tempfile
import unittest

from tests.support import encode_totals

from ciuic_sdk import _totals

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "totals.hex")


class TotalsFile(unittest.TestCase):
    def test_is_read_as_the_meter_writes_it(self) -> None:
        # The same bytes are what totals_file_test.cc expects of its writer.
        with open(GOLDEN, encoding="ascii") as file:
            totals = _totals.decode(bytes.fromhex(file.read()))
        self.assertEqual(totals, _totals.Totals(
            project_nano=12_340_000_001, run_nano=2_340_000_001, as_of_ns=700, as_of_utc_ns=1_795_000_000_000_000_000,
            marks_up_to_ns=600, is_closed=True, has_provisional=True, budget_nano=5_000_000_000_000,
            threshold_ppm=750_000, currency="CNY", sealed_close_ns=500))

    def test_is_refused_where_it_is_torn_damaged_short_or_foreign(self) -> None:
        whole = encode_totals(1)
        self.assertIsNotNone(_totals.decode(whole))
        for bad in (encode_totals(1, sequence=3), whole[:20] + b"x" + whole[21:], whole[:255], b"", b"x" * 256):
            self.assertIsNone(_totals.decode(bad))

    def test_is_none_where_there_is_no_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(_totals.read(os.path.join(folder, "totals")))
            self.assertIsNone(_totals.read(folder))
            os.mkfifo(os.path.join(folder, "pipe"))
            self.assertIsNone(_totals.read(os.path.join(folder, "pipe")))


if __name__ == "__main__":
    unittest.main()
