"""The page as a person starts it: `serve`, `run --page`, `token`; live, in the figures of the ledger."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request
from typing import Any, Optional

from metered import BINARY, PYTHON, Metered

THREE_EPOCHS = "import time\nfor i in range(3):\n print(f'Epoch {i + 1}/3', flush=True)\n time.sleep(0.4)"


class Page(Metered):
    def serve(self, *words: str) -> dict[str, Any]:
        process = subprocess.Popen([BINARY, "serve", "--port", "0", "--json", *words], stdout=subprocess.PIPE, env=self.environment)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        assert process.stdout
        self.addCleanup(process.stdout.close)
        told: dict[str, Any] = json.loads(process.stdout.readline())
        return told

    def ask(self, url: str, token: str, context: Optional[ssl.SSLContext] = None) -> Any:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return json.loads(answer.read())

    def status(self, url: str, token: str) -> int:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    @staticmethod
    def parts(url: str) -> tuple[str, str]:
        base, token = url.split("?token=")
        return base.rstrip("/"), token

    def test_page_tells_what_the_ledger_has(self) -> None:
        self.assertEqual(self.run_metered(PYTHON, "-c", THREE_EPOCHS, options=("--project", "p")).returncode, 0)
        cost = self.show()
        base, token = self.parts(self.serve()["url"])
        run = self.ask(f"{base}/api/v1/runs/{cost['run']['id']}", token)
        self.assertEqual(run["total"]["amount"]["nano"], str(cost["total"]["amount_nano"]))
        self.assertEqual(run["total"]["billed"]["nano"], str(cost["total"]["billed_nano"]))
        epochs = self.ask(f"{base}/api/v1/runs/{cost['run']['id']}/epochs", token)
        self.assertEqual([e["amount"]["nano"] for e in epochs["items"]], [str(e["amount_nano"]) for e in cost["epochs"]])
        listed = self.ask(f"{base}/api/v1/runs", token)
        self.assertEqual(listed["items"][0]["amount"], run["total"]["amount"])
        scores = json.loads(self.epochcost("forecast", "score", "--json").stdout)["scores"]
        first = next(s for s in scores if s["forecast"]["epochs_done"] * 10 >= 3)
        off = (first["forecast"]["cost_nano"]["expected"] - first["cost_nano"]) * 1_000_000 / first["cost_nano"]
        self.assertAlmostEqual(listed["items"][0]["forecast_error_ppm"], off, delta=1)
        with urllib.request.urlopen(base, timeout=30) as page:
            self.assertIn(b"<html", page.read())

    def test_stream_follows_a_run_from_its_start_to_its_end(self) -> None:
        base, token = self.parts(self.serve()["url"])  # before there is a ledger at all
        self.assertEqual(self.status(f"{base}/readyz", token), 503)
        request = urllib.request.Request(f"{base}/api/v1/events", headers={"Authorization": f"Bearer {token}"})
        events: list[tuple[str, dict[str, Any]]] = []
        with urllib.request.urlopen(request, timeout=60) as stream:
            training = threading.Thread(target=self.run_metered, args=(PYTHON, "-c", THREE_EPOCHS))
            training.start()
            kind = ""
            for line in stream:
                if line.startswith(b"event: "):
                    kind = line[7:].decode().strip()
                if line.startswith(b"data: "):
                    events.append((kind, json.loads(line[6:])))
                    if kind == "run" and events[-1][1]["state"] == "finished":
                        break
            training.join()
        amounts = [int(data["amount"]["nano"]) for kind, data in events if kind == "run"]
        self.assertEqual(amounts[-1], int(self.show()["total"]["amount_nano"]))
        self.assertEqual([data["epoch"]["index"] for kind, data in events if kind == "epoch"], [0, 1, 2])

    def test_page_beside_a_run_is_told_and_answers_beyond_it(self) -> None:
        self.environment["EPOCHCOST_PAGE_IDLE"] = "4"
        done = self.run_metered(PYTHON, "-c", THREE_EPOCHS + "\nraise SystemExit(7)", options=("--page",))
        self.assertEqual(done.returncode, 7)
        urls = re.findall(r"http://127\.0\.0\.1:\d+/r/\w+\?token=\w+", done.stderr.decode())
        self.assertEqual(len(urls), 2, done.stderr.decode())  # at the start, and in the final block
        base, run = urls[0].split("?")[0].split("/r/")
        token = urls[0].split("?token=")[1]
        self.assertEqual(self.ask(f"{base}/api/v1/runs/{run}", token)["run"]["exit_code"], 7)
        for _ in range(20):  # nobody looks any more: it ends by itself; looking keeps it up, so look rarely
            time.sleep(6)
            try:
                urllib.request.urlopen(f"{base}/healthz", timeout=5).close()
            except OSError:
                return
        self.fail("the page goes on for ever")

    def test_token_of_a_project_sees_that_project_until_it_is_removed(self) -> None:
        for project in ("mine", "yours"):
            self.assertEqual(self.run_metered("true", options=("--project", project)).returncode, 0)
        made = self.epochcost("token", "add", "guest", "--project", "mine")
        self.assertEqual(made.returncode, 0, made.stderr.decode())
        guest = made.stdout.decode().strip()
        kept = pathlib.Path(self.home, "tokens.json")
        self.assertNotIn(guest, kept.read_text())
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        base, owner = self.parts(self.serve()["url"])
        self.assertEqual(self.ask(f"{base}/api/v1/runs", owner)["total"], 2)
        self.assertEqual(self.ask(f"{base}/api/v1/runs", guest)["projects"], ["mine"])
        self.assertNotEqual(self.epochcost("token", "add", "guest").returncode, 0)
        self.assertEqual(self.epochcost("token", "remove", "guest").returncode, 0)
        for _ in range(50):
            if self.status(f"{base}/api/v1/runs", guest) == 401:
                return
            time.sleep(0.1)
        self.fail("a removed token still sees the runs")

    def test_beyond_this_machine_it_speaks_tls_or_not_at_all(self) -> None:
        refused = self.epochcost("serve", "--listen", "0.0.0.0", "--port", "0")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("--cert", refused.stderr.decode())
        if not shutil.which("openssl"):
            self.skipTest("no openssl to make a certificate with")
        certificate, key = os.path.join(self.home, "cert.pem"), os.path.join(self.home, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       capture_output=True, check=True)
        told = self.serve("--cert", certificate, "--key", key)
        base, token = self.parts(told["url"])
        self.assertTrue(base.startswith("https://"))
        context = ssl.create_default_context(cafile=certificate)
        self.assertEqual(self.ask(f"{base}/api/v1/session", token, context)["project"], None)


if __name__ == "__main__":
    sys.exit(unittest.main())
