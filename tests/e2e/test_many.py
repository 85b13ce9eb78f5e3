"""Several datasets: which files are meant, the order of their references, what a failure takes along, and the summary."""

import json
import signal

import stall
from harness import BASE, Case, merged, unittest


class Many(Case):
    def make(self, name, reads=None, **change):
        source = {"source": None} if reads else {"source": {"path": f"in/{name}.csv"}}
        body = merged(merged(BASE, {"id": name, "output": {"silver": {"path": f"out/{name}"}}, "quality": None}), source)
        if reads:
            body["source"] = {"dataset": reads}
        else:
            self.write(f"in/{name}.csv", "id\n1\n2\n")
        return self.write(f"ds/{name}.yml", merged(body, change))

    def chain(self):
        """c reads b, b reads a; the names say otherwise."""
        self.make("z")
        self.make("m", reads="z", tags=["core"])
        self.make("a", reads="m", tags=["core"])

    def lines(self, answer):
        return [json.loads(line) for line in answer.out.splitlines()]

    def ids(self, answer):
        return [line["dataset"] for line in self.lines(answer)]


class Runs(Many):
    def test_a_folder_runs_in_the_order_of_its_references(self):
        self.chain()
        self.write("ds/deep/rules.yml", {"rules": []})
        self.write("ds/env.yml", {"timezone": "UTC"})
        self.write("ds/deep/.hidden.yml", merged(BASE, {"id": "hidden"}))
        answer = self.crisol("run", "ds")
        self.assertEqual([line.split()[:2] for line in answer.out.splitlines()[2:]],
                         [["z", "completed"], ["m", "completed"], ["a", "completed"]])
        self.assertEqual(self.ids(self.crisol("run", "ds/", "--json", "-j", 3, "-q")), ["z", "m", "a"])

    def test_selectors_choose_and_leave_out(self):
        self.chain()
        self.crisol("run", "ds", "-q")
        for arguments, ids in ((["--select", "core"], ["m", "a"]), (["--select", "+m"], ["z", "m"]),
                               (["--select", "m+", "--exclude", "a"], ["m"]), (["--select=a", "--select=z"], ["a", "z"])):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.ids(self.crisol("run", "ds", "--json", *arguments)), ids)
        self.assert_refused(self.crisol("run", "ds", "--select", "cores", exit=2), '"cores" names no dataset', '"core"')

    def test_a_lake_that_one_of_two_datasets_replaces_is_refused(self):
        self.make("a")
        (self.root / "linked").symlink_to(".")
        for path, mode, exit in (("out/a", "overwrite", 2), ("./out/../out/a/", "append", 2), ("linked/out/a", "overwrite", 2),
                                 ("out/b", "overwrite", 0)):
            with self.subTest(path):
                self.make("b", output={"silver": {"path": path, "mode": mode}})
                for command in ("check", "run"):
                    answer = self.crisol(command, "ds", exit=exit)
                    self.assertEqual('datasets "a" and "b" write the same lake' in answer.out + answer.err, exit == 2)
        for name in ("a", "b"):
            self.make(name, output={"silver": {"path": "out/both", "mode": "append"}})
        self.crisol("run", "ds", "-j", 2)
        self.assertEqual(len(self.table("out/both")), 4)

    def test_what_reads_a_failed_one_is_skipped_and_named_and_the_rest_goes_on(self):
        self.chain()
        self.make("other")
        self.write("in/z.csv", "id\n")
        answer = self.crisol("run", "ds", "--json", exit=1)
        lines = {line["dataset"]: line for line in self.lines(answer)}
        self.assertEqual({k: v["status"] for k, v in lines.items()},
                         {"z": "failed", "m": "skipped", "a": "skipped", "other": "completed"})
        self.assertEqual(lines["m"]["error"], "it reads z")
        self.assertEqual(lines["a"]["error"], "it reads m")
        table = self.crisol("run", "ds", exit=1)
        self.assertIn("skipped", table.out)
        self.assertEqual(self.files_below("out/m"), [])

    def test_the_exit_code_is_the_first_of_its_order(self):
        self.make("empty")
        self.write("in/empty.csv", "id\n")
        self.make("away")
        (self.root / "in/away.csv").unlink()
        self.assertEqual(self.crisol("run", "ds", "--json", exit=1).exit, 1)
        self.make("wrong", nonsense=1)
        answer = self.crisol("run", "ds", "--json", "-j", 2, exit=2)
        self.assertEqual({line["status"] for line in self.lines(answer)}, {"failed"})
        (self.root / "ds/wrong.yml").unlink()
        (self.root / "ds/empty.yml").unlink()
        self.crisol("run", "ds", exit=3)

    def test_options_reach_every_dataset(self):
        self.make("a")
        self.make("b", output={"silver": {"path": "out/${PLACE}"}})
        self.crisol("run", "ds", "--set", "output.silver.compression=zstd", "--var", "PLACE=there", "-q")
        self.assertEqual(len(self.files_below("out/there")), 1)
        self.assert_refused(self.crisol("run", "ds", "--var", "PLACE=x", "--var", "PLAICE=x", exit=2), "PLAICE")

    def test_an_interruption_ends_all_and_only_once(self):
        deaf = stall.Proxy(0)
        self.addCleanup(deaf.close)
        self.environment["TEST_PASSWORD"] = "x"
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": deaf.port, "user": "u",
                                                "database": "d", "password_env": "TEST_PASSWORD",
                                                "pool": {"connect_timeout": 600}}})
        self.make("a", output={"gold": {"enabled": True, "database_config": "database.yml"}})
        self.make("b", reads="a")
        for jobs in (1, 2):
            for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
                with self.subTest(jobs=jobs, number=number):
                    deaf.stalled.clear()
                    process = self.start("run", "ds", "-j", jobs, "--json")
                    self.assertTrue(deaf.stalled.wait(60))
                    process.send_signal(number)
                    out, err = process.communicate(timeout=60)
                    self.assertEqual(process.returncode, code, err)
                    self.assertNotIn("does not end", err)
                    lines = {line["dataset"]: line for line in map(json.loads, out.splitlines())}
                    self.assertIn("interrupted", lines["a"]["error"])
                    self.assertEqual(lines["b"]["status"], "skipped")


class Files(Many):
    def test_files_are_told_apart_by_what_they_hold(self):
        self.make("a")
        self.make("b")
        self.write("env.yml", {"state": "elsewhere"})
        self.write("rules.yml", {"rules": []})
        self.assertEqual(sorted(self.ids(self.crisol("run", "env.yml", "ds/b.yml", "rules.yml", "ds/a.yml", "--json"))),
                         ["a", "b"])
        self.assertTrue((self.root / "elsewhere").is_dir())
        self.crisol("run", "env.yml", "ds/a.yml", "-q")
        self.write("other.yml", {"x": 1})
        self.assert_refused(self.crisol("run", "ds/a.yml", "ds/b.yml", "other.yml", exit=2), '"other.yml" is no dataset')
        self.write("env2.yml", {"timezone": "UTC"})
        self.assert_refused(self.crisol("run", "ds/a.yml", "env.yml", "env2.yml", exit=2), "env.yml")
        self.assert_refused(self.crisol("run", "ds/a.yml", "ds/b.yml", "away.yml", exit=2), '"away.yml" is no file')
        self.assert_refused(self.crisol("run", "in", exit=2), '"in" holds no dataset')

    def test_a_file_that_is_given_twice_runs_once(self):
        self.make("a")
        self.assertEqual(self.ids(self.crisol("run", "ds", "ds/a.yml", "./ds/a.yml", "--json")), ["a"])

    def test_two_datasets_of_one_id_are_refused(self):
        self.make("a")
        self.write("ds/b.yml", (self.root / "ds/a.yml").read_text())
        for command in ("run", "check", "plan"):
            answer = self.crisol(command, "ds", exit=2)
            self.assertIn('two datasets have the id "a"', answer.out + answer.err)
            self.assertIn("ds/a.yml:2:10", answer.out + answer.err)

    def test_a_broken_dataset_in_a_folder_is_not_passed_over(self):
        self.make("a")
        self.write("ds/b.yml", "id: b\nsource: [\noutput:\n  silver: {}\n")
        self.write("ds/template.yml", "{{ no yaml }}: [\n")
        answer = self.crisol("run", "ds", exit=2)
        self.assertIn("ds/b.yml:", answer.err)
        self.assertNotIn("template", answer.err)
        self.assertEqual(self.files_below("out"), [])
        self.write("ds/c.yml", {"output": {}})
        answer = self.crisol("run", "ds/a.yml", "ds/b.yml", "--json", exit=2)
        self.assertEqual({line["dataset"]: line["status"] for line in self.lines(answer)},
                         {"a": "completed", "ds/b.yml": "failed"})
        self.crisol("plan", "ds/a.yml", "ds/b.yml", "--graph")


class Graph(Many):
    def test_a_circle_is_an_error_that_names_each_reference(self):
        self.make("a", reads="c")
        self.make("b", reads="a")
        self.make("c", reads="b")
        self.make("d", reads="c")
        for command in ("check", "run", "plan"):
            answer = self.crisol(command, "ds", exit=2)
            self.assertIn("in a circle", answer.out + answer.err)
            for name in "abc":
                self.assertIn(f"{name} (ds/{name}.yml:", answer.out + answer.err)
        self.assertIn("in a circle", self.crisol("check", "ds/d.yml", exit=2).out)
        self.make("s", reads="s")
        self.assertIn("ds/s.yml:", self.crisol("check", "ds/s.yml", exit=2).out)

    def test_an_unknown_reference_is_an_error_with_the_nearest(self):
        self.chain()
        self.make("n", reads="zz")
        answer = self.crisol("check", "ds", exit=2)
        self.assertIn('there is no dataset "zz"', answer.out)

    def test_the_graph_is_printed(self):
        self.chain()
        self.assertEqual(self.crisol("plan", "ds", "--graph").out, "z\nm  <- z\na  <- m\n")
        self.assertIn("n0", self.crisol("plan", "ds", "--graph", "--format", "mermaid").out)
        self.assertIn('"z" -> "m";', self.crisol("plan", "ds", "--graph", "--format", "dot").out)
        self.assertEqual(self.crisol("plan", "ds/m.yml", "--graph").out, "m  <- z (not selected)\n")
        self.crisol("plan", "ds", "--format", "dot", exit=2)

    def test_check_plan_and_runs_take_the_selection(self):
        self.chain()
        self.crisol("run", "ds", "-q")
        self.assertEqual(self.crisol("plan", "ds", "--select", "core").out.count("silver"),
                         self.crisol("plan", "ds/m.yml").out.count("silver") * 2)
        self.crisol("check", "ds", "--exclude", "core")
        listed = self.crisol("runs", "ds", "--select", "core").out
        self.assertIn(" m ", listed)
        self.assertNotIn(" z ", listed)
        self.assertIn(" z ", self.crisol("runs", "ds/z.yml").out)


if __name__ == "__main__":
    unittest.main()
