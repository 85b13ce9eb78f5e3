"""scripts/services.sh up spark, in a copy of the checkout's scripts: a server with two executors of its own, used and stopped."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import spark
from harness import ROOT


class Script(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crisol-services-test-"))
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copytree(ROOT / "scripts", self.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / "build/deps").mkdir(parents=True)
        (self.root / "build/deps/spark").symlink_to((ROOT / "build/deps/spark").resolve())

    def services(self, *words):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SPARK_")}
        environment |= {"SPARK_JAVA_OPTIONS": "quick", "SPARK_MASTER": "local-cluster[2,1,1024]",
                        "SPARK_OPTIONS": "--conf spark.sql.shuffle.partitions=2"}
        return subprocess.run([self.root / "scripts/services.sh", *words], check=True, capture_output=True, text=True,
                              env=environment).stdout

    def test_spark_is_started_and_stopped(self):
        self.assertIn("down", self.services("status", "spark"))
        self.services("up", "spark")
        try:
            self.assertIn("up", self.services("status", "spark"))
            remote = (self.root / "build/services-spark/environment").read_text().strip().removeprefix("export SPARK_REMOTE=")
            data = (self.root / "build/services-spark/data").read_text().strip()
            pid = int((self.root / "build/services-spark/pid").read_text())
            client = spark.Client(remote)
            self.addCleanup(client.close)
            self.assertTrue(client.application.startswith("app-"), client.application)
            self.assertEqual(client.must("get", "spark.sql.shuffle.partitions"), [("2",)])
            self.assertEqual(client.must("count", "SELECT count(*) FROM range(0, 1000, 1, 4) WHERE id % 2 = 0"), [("500",)])
            executors = spark.children(pid)
            self.assertGreaterEqual(len(executors), 2)
        finally:
            self.services("down")
        self.assertIn("down", self.services("status", "spark"))
        self.assertFalse(os.path.exists(data))
        self.assertFalse((self.root / "build/services-spark").exists())
        for executor in executors:
            self.assertFalse(pathlib.Path(f"/proc/{executor}").exists(), executor)


if __name__ == "__main__":
    unittest.main()
