"""Silver, quarantine, state, inputs, configuration and a DuckDB file do not lie in one another: `check` says so."""

import os

from harness import CRISOL, Case, json, merged, subprocess, unittest


class Places(Case):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id\n1\n")

    def places(self, silver="out/silver", quarantine="out/quarantine", database=None, state=None, temporary=None, mode="overwrite",
               source="in/*.csv", change=None, name="pipeline.yml", mounts=None, format="csv"):
        env = {k: v for k, v in (("state", state), ("mounts", mounts)) if v}
        if temporary:
            env["duckdb"] = {"temp_directory": temporary}
        self.write("config/env.yml", env or {"timezone": "UTC"})
        gold = None
        if database is not None:
            self.write("database.yml", {"default": {"driver": "duckdb", "path": database}})
            gold = {"enabled": True, "database_config": "database.yml"}
        options = {"header": True} if format == "csv" else None
        self.dataset(merged({"source": {"path": source, "input_format": format}, "quality": {"quarantine": quarantine},
                             "output": {"silver": {"path": silver, "mode": mode}, "gold": gold}}, change or {}), name)
        dataset = json.loads((self.root / name).read_text())  # what is not there takes its usual place
        for block, key, value in (("source", "options", options), ("quality", "quarantine", quarantine)):
            if value is None:
                dataset[block].pop(key, None)
        self.write(name, dataset)

    def names(self):
        return sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*"))

    def refused(self, *parts, name="pipeline.yml"):
        """By `check`, and by `run` before it writes anything."""
        before = self.names()
        checked = self.crisol("check", name, exit=2)
        for part in parts:
            self.assertIn(part, checked.out)
        self.assertNotIn("defect", checked.out)
        self.crisol("run", name, exit=2)
        self.assertEqual([n for n in self.names() if not n.startswith(".crisol")], [n for n in before if not n.startswith(".crisol")])

    def accepted(self, runs=2, name="pipeline.yml"):
        self.crisol("check", name)
        for _ in range(runs):
            self.assertEqual(self.run_dataset(dataset=name).rows["read"], 1)

    def test_every_pair_is_refused(self):
        for places in (
                {"silver": "lake", "database": "lake/warehouse.duckdb"},
                {"silver": "lake", "database": "lake/deep/er/warehouse.duckdb", "mode": "append"},
                {"silver": "lake/../lake/.", "database": "./lake//warehouse.duckdb"},
                {"silver": "lake", "quarantine": "lake/quarantine"},
                {"silver": "lake", "quarantine": "lake"},
                {"silver": "lake", "quarantine": "none/../lake/q"},
                {"silver": "lake/silver", "quarantine": "lake"},
                {"silver": "lake", "state": "lake/state"},
                {"silver": "lake", "state": "lake"},
                {"silver": "state/silver", "state": "state"},
                {"silver": "lake", "temporary": "lake/tmp"},
                {"quarantine": "q", "database": "q/warehouse.duckdb"},
                {"quarantine": "q", "state": "q/state"},
                {"quarantine": "q", "temporary": "q/tmp"},
                {"quarantine": "state/mine", "state": "state"},
                {"database": "state/warehouse.duckdb", "state": "state"},
                {"database": "out/.silver.crisol/warehouse.duckdb"},
                {"silver": "lake", "quarantine": ".lake.crisol/q"},
                {"silver": "lake", "state": ".lake.crisol"},
                {"silver": "in"},
                {"silver": ".", "quarantine": "../q"},
                {"silver": "in", "mode": "append"},
                {"quarantine": "in"},
                {"state": "in"},
                {"database": "in/a.csv/warehouse.duckdb"},
                {"silver": "warehouse.duckdb/lake", "database": "warehouse.duckdb"},
                {"quarantine": "warehouse.duckdb/q", "database": "warehouse.duckdb"},
                {"state": "warehouse.duckdb/state", "database": "warehouse.duckdb"},
                {"database": "in/a.csv"}):
            with self.subTest(places):
                self.places(**places)
                self.refused('"')

    def test_the_id_does_not_lead_out_of_the_usual_quarantine(self):
        for name, folder in (("../../../x", "%2E./%2E./%2E./x"), ("/x", "%2Fx"), ("a/../b", "a/%2E./b"), (".x", "%2Ex"), ("a/b", "a/b")):
            with self.subTest(name):
                self.places(quarantine=None, silver=f"out/{hash(name)}",
                            change={"id": name, "quality": {"rules": [{"name": "r", "expr": "id > 5"}]}})
                answer = self.run_dataset()
                self.assertIn(f"/.crisol/quarantine/{folder}/run_id=", answer.summary["quarantine"]["path"] + "/run_id=")

    def test_an_id_that_can_be_no_folder_is_refused(self):
        for name, said in (("", "is empty"), ("x" * 201, "201 bytes"), ("/" * 67, "201 bytes")):
            with self.subTest(name):
                self.dataset({"id": name})
                for command in ("check", "run"):
                    answer = self.crisol(command, "pipeline.yml", exit=2)
                    self.assertIn(said, answer.out + answer.err)
                    self.assertIn("pipeline.yml:2:", answer.out + answer.err)

    def test_links_hide_nothing(self):
        os.makedirs(self.root / "lake")
        os.symlink("lake", self.root / "link")
        os.symlink("../lake", self.root / "in/link")
        os.symlink(self.root / "in", self.root / "elsewhere")
        for places in ({"silver": "lake", "database": "link/warehouse.duckdb"},
                       {"silver": "link", "database": "lake/warehouse.duckdb"},
                       {"silver": "lake", "quarantine": "in/link/not/there/yet"},
                       {"silver": "link/silver", "quarantine": "lake"},
                       {"silver": "elsewhere"},
                       {"silver": "elsewhere", "source": "in/a.csv"},
                       {"silver": "in", "source": "elsewhere/*.csv"}):
            with self.subTest(places):
                self.places(**places)
                self.refused('"')

    def test_neighbours_and_the_usual_quarantine_are_accepted(self):
        self.places(silver="lake/silver", quarantine="lake/quarantine", database="lake/warehouse.duckdb", state="lake/state")
        self.accepted()
        self.places(silver="lake/silver2", quarantine=None)
        self.accepted()
        self.places(silver="lake/silver3", quarantine=".crisol/quarantine/demo", temporary=str(self.root.parent))
        self.accepted()
        self.places(silver="lake/silver33", quarantine="lake/silver3-quarantine")
        self.accepted()

    def test_an_input_is_the_files_that_were_found(self):
        self.write("lake/readings.csv", "id\n1\n")
        for silver, source in (("lake/readings", "*/readings.csv"), ("in/silver", "in/*.csv"), ("in/silver", "in"),
                               ("in/silver", "in/a.csv"), ("lake/silver/deep", "i*/*.csv")):
            with self.subTest(source):
                self.places(silver=silver, source=source)
                self.accepted()

    def test_what_the_next_run_would_read_is_refused(self):
        (self.root / "in/a.csv").unlink()
        self.query(f"COPY (SELECT 1 AS id) TO '{self.root}/in/a.parquet' (FORMAT parquet)")
        for silver, source, change in (("lake", "*/*.parquet", {}), ("in/p=1", "in", {}), ("lake", "{in,lake}/*", {}),
                                       ("x/lake", "{in,x/*}/*.parquet", {}),
                                       ("lake", "{in,lake/*}/*.parquet", {"output": {"silver": {"partition_by": ["id"]}}})):
            with self.subTest(source):
                self.places(silver=silver, source=source, change=change, format="parquet")
                self.refused("would find")
        for silver, source in (("lake", "i*/*.parquet"), ("in/lake", "in"), ("lake", "*/a.parquet")):
            with self.subTest(source):
                self.places(silver=silver, source=source, format="parquet")
                self.accepted()

    def test_the_configuration_in_a_lake_that_is_replaced_is_refused(self):
        self.write("lake/rules.yml", {"rules": []})
        self.write("lake/schema.json", {"type": "object", "properties": {"id": {"type": "string"}}})
        for change in ({"quality": {"expectations_ref": "lake/rules.yml"}}, {"schema": {"ref": "lake/schema.json"}}):
            self.places(silver="lake", change=change)
            self.refused("configuration file")
        self.places(silver="lake", name="lake/pipeline.yml")
        self.refused("configuration file", name="lake/pipeline.yml")
        self.places(silver="lake", name="lake/pipeline.yml", mode="append")
        self.accepted(runs=1, name="lake/pipeline.yml")

    def test_a_path_that_can_be_no_lake_is_refused(self):
        self.write("file", "x")
        os.symlink("nowhere", self.root / "dangling")
        self.environment["HOME"] = str(self.root / "home/me")
        for key in ("silver", "quarantine"):
            for path in ("", "  ", "file", "file/below", "dangling", "s3://", "s3a:///x"):
                with self.subTest(f"{key} {path}"):
                    self.environment |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
                    self.places(**{key: path})
                    self.refused(key)
        for path in ("/", "//", "/..", ".", "..", str(self.root), str(self.root.parent), "home", "home/me"):
            with self.subTest(path):
                self.places(silver=path)
                self.refused("silver")
        for path in ("", "in", "w?.duckdb"):
            with self.subTest(path):
                self.places(database=path)
                self.refused("DuckDB file" if path else "path")

    def test_a_place_that_is_no_text_is_refused(self):
        folder = self.root / os.fsdecode(b"x\xff")
        os.makedirs(folder)
        self.places(silver="lake", source=str(self.root / "in/*.csv"))
        for file in ("pipeline.yml", "config/env.yml"):
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes((self.root / file).read_bytes())
        process = subprocess.run([CRISOL, "run", "pipeline.yml"], cwd=folder, env=self.environment, capture_output=True)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn(os.path.basename(self.root).encode(), process.stderr)  # the place is named, by whoever sees it first
        self.assertEqual(sorted(os.listdir(folder)), ["config", "pipeline.yml"])

    def test_buckets_are_places_too(self):
        mounts = {"s3a://raw": "./in", "s3a://lake": "./lake"}
        self.places(source="s3a://raw/*.csv", silver="s3a://lake/x", quarantine="s3://lake/x/q", mounts=mounts)
        self.refused("quarantine")
        self.places(source="s3a://raw/*.csv", silver="s3a://lake/x", quarantine="q", database="lake/x/w.duckdb", mounts=mounts)
        self.refused("DuckDB file")
        self.environment |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        for silver, quarantine in (("s3://b/x", "s3a://b/x/q"), ("s3://b/x/", "s3a://b/x"), ("s3://b/x/y", "s3a://b/x//"),
                                   ("s3a://b", "s3://b/q")):
            with self.subTest(quarantine):
                self.places(silver=silver, quarantine=quarantine)
                self.refused("quarantine")

    def test_a_source_that_is_not_there_hides_nothing(self):
        self.places(silver="lake", database="lake/w.duckdb", source="none/*.csv")
        self.assertIn("DuckDB file", self.crisol("check", "pipeline.yml", exit=2).out)


if __name__ == "__main__":
    unittest.main()
