"""Lakes on file systems that are put together: a mount point, another file system below, an overlay."""

import shutil

from harness import CRISOL, Case, subprocess, unittest

UNSHARE = ["unshare", "--map-root-user", "--mount"]


def works():
    return shutil.which("unshare") is not None and subprocess.run(
        [*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0


@unittest.skipUnless(works(), "this system lets nobody mount")
class Mounts(Case):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,p\n1,a\n2,b\nbroken\n")

    def mounted(self, mount, exit, check="true"):
        """A run behind a mount, and a look at what it has left."""
        script = f"set -e; {mount}; set +e; '{CRISOL}' run pipeline.yml; code=$?; {check} || exit 99; exit $code"
        process = subprocess.run([*UNSHARE, "bash", "-c", script], cwd=self.root, env=self.environment, text=True,
                                 capture_output=True, timeout=120)
        self.assertEqual(process.returncode, exit, process.stderr)
        self.assertNotIn("defect", process.stderr)
        return process.stderr

    def test_a_lake_or_quarantine_that_is_a_mount_point_is_refused_before_anything_is_read(self):
        for place in ("out/silver", "out/quarantine"):
            for kind in (f"mount -t tmpfs none {place}", f"mount --bind other {place}"):
                with self.subTest(place=place, kind=kind):
                    for path in ("out/silver", "out/quarantine", "other"):
                        (self.root / path).mkdir(parents=True, exist_ok=True)
                    self.dataset({"output": {"silver": {"mode": "append"}}})
                    err = self.mounted(kind, 3, check=f'[ -z "$(ls -A {place})" ]')
                    self.assertIn("is a mount point", err)
                    self.assertIn(f"{place}/data", err)
                    self.assertNotIn("silver]", err)

    def test_a_lake_in_a_mounted_directory_works(self):
        (self.root / "out").mkdir()
        self.dataset({"output": {"silver": {"partition_by": ["p"]}}})
        self.mounted("mount -t tmpfs none out", 0, check="[ -f out/silver/p=a/*.parquet ]")

    def test_a_partition_that_is_a_mount_point_fails_the_run_and_says_so(self):
        self.dataset({"output": {"silver": {"partition_by": ["p"], "mode": "overwrite_dynamic"}}})
        self.run_dataset()
        before = self.snapshot()
        self.write("in/a.csv", "id,p\n3,a\n4,b\n")
        err = self.mounted("mount --bind in out/silver/p=b", 3, check="[ -f out/silver/p=a/*.parquet ]")
        self.assertIn("is a mount point", err)
        self.assertEqual(self.snapshot(), before)
        self.run_dataset()
        self.assertEqual(self.silver("id"), [("3",), ("4",)])

    def test_a_lake_in_the_lower_layer_of_an_overlay_is_explained(self):
        for mode in ("overwrite", "overwrite_dynamic"):
            with self.subTest(mode):
                for path in ("out", "upper", "work"):
                    shutil.rmtree(self.root / path, ignore_errors=True)
                    (self.root / path).mkdir()
                self.dataset({"output": {"silver": {"partition_by": ["p"], "mode": mode}}})
                self.run_dataset()
                before = self.snapshot()
                mount = "mount -t overlay overlay -o userxattr,lowerdir=out,upperdir=upper,workdir=work out"
                if subprocess.run([*UNSHARE, *mount.split()], cwd=self.root, capture_output=True).returncode != 0:
                    self.skipTest("this system lets nobody mount an overlay")
                err = self.mounted(mount, 3, check="[ -f out/silver/p=a/*.parquet ]")
                self.assertIn("lower layer of an overlay", err)
                self.assertEqual(self.snapshot(), before)


if __name__ == "__main__":
    unittest.main()
