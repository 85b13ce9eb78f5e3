"""Parquet files that are broken, or hold values that are none: the file is named, a value's fault is the value's."""

import random

import pyarrow
import pyarrow.parquet
from harness import Case, merged, unittest
from parquet_bytes import (BYTE_ARRAY, INT32, INT64, REPEATED, REQUIRED, group, leaf, write)

PARQUET = {"input_format": "parquet", "path": "in/*.parquet", "options": {"header": None}}
GOOD = pyarrow.table({"id": list(range(100)), "s": [f"v{i}" for i in range(100)]})


class Faults(Case):
    def setUp(self):
        super().setUp()
        (self.root / "in").mkdir()

    def parquet(self, *nodes, name="b.parquet", **options):
        return write(self.root / "in" / name, list(nodes), **options)

    def good(self, name="a.parquet"):
        path = self.root / "in" / name
        pyarrow.parquet.write_table(GOOD, path, compression="NONE")
        return path

    def read(self, *arguments, exit=0, source=None, **change):
        self.dataset({"source": merged(PARQUET, source or {}), **change})
        return self.run_dataset(*arguments, exit=exit)

    def assert_names(self, answer, *parts):
        self.assert_refused(answer, *parts)
        for sign in ("SELECT", "LINE 1", "read_parquet", "Stack"):
            self.assertNotIn(sign, answer.err)

    # --- values ---------------------------------------------------------------------------------------------------------------

    def test_text_that_is_not_utf_8_is_one_malformed_record(self):
        self.good()
        texts = [b"ok", b"caf\xe9", None, b"\xed\xa0\x80", "ñ".encode()]
        self.parquet(leaf("id", INT64, [1, 2, 3, 4, 5]), leaf("s", BYTE_ARRAY, texts, converted="UTF8"))
        answer = self.read()
        self.assertEqual((answer.rows["read"], answer.rows["malformed"]), (105, 2))
        self.assertEqual(self.silver("id, s", where="s = 'ok' OR s = 'ñ'"), [(1, "ok"), (5, "ñ")])
        self.assertEqual(self.quarantine("id, s, _failed_rules, _raw_record, _source_file, _source_offset", order="id"),
                         [(2, None, ["malformed:invalid_text"], '{"s": "caf\\xE9"}', "in/b.parquet", 1),
                          (4, None, ["malformed:invalid_text"], '{"s": "\\xED\\xA0\\x80"}', "in/b.parquet", 3)])
        self.assertEqual(sorted(p.name for p in (self.root / ".crisol").iterdir() if "spill" in p.name), [])

    def test_text_that_is_not_utf_8_in_a_list_a_struct_and_a_map(self):
        def text(name, levels, repetition=0):
            return leaf(name, BYTE_ARRAY, [b"ok", b"\xff"], repetition=repetition or 1, converted="UTF8", levels=levels)
        in_list = group("l", [group("list", [text("element", [(0, 3), (0, 3)])], REPEATED)], converted="LIST")
        in_struct = group("t", [text("f", [(0, 2), (0, 2)])])
        key = leaf("key", BYTE_ARRAY, [b"ok", b"\xfe"], repetition=REQUIRED, converted="UTF8", levels=[(0, 2), (0, 2)])
        in_map = group("m", [group("key_value", [key, text("value", [(0, 3), (0, 3)])], REPEATED)], converted="MAP")
        for i, column in enumerate((in_list, in_struct, in_map)):
            with self.subTest(column.name):
                self.parquet(leaf("id", INT32, [1, 2]), column)
                self.assertEqual(self.read(quality={"quarantine": f"out/q{i}"}).rows["malformed"], 1)
                self.assertEqual(self.silver("id"), [(1,)])

    def test_a_map_with_a_key_twice_or_a_null_key_is_a_malformed_record(self):
        pairs = [[("a", 1), ("a", 2)], [("b", 1), ("a", 2)], None, []]
        pyarrow.parquet.write_table(pyarrow.table(
            {"id": [1, 2, 3, 4], "m": pyarrow.array(pairs, pyarrow.map_(pyarrow.string(), pyarrow.int64())),
             "l": pyarrow.array([None, [[("x", 1), ("x", 1)]], [], [None]],
                                pyarrow.list_(pyarrow.map_(pyarrow.string(), pyarrow.int64())))}), self.root / "in/a.parquet")
        key = leaf("key", BYTE_ARRAY, [None], converted="UTF8", levels=[(0, 2)])
        value = leaf("value", INT64, [1], levels=[(0, 3)])
        self.parquet(leaf("id", INT64, [5]), group("m", [group("key_value", [key, value], REPEATED)], converted="MAP"))
        self.read()
        self.assertEqual(self.silver("id"), [(3,), (4,)])
        self.assertEqual(self.quarantine("id, _failed_rules[1]", order="id"), [(i, "malformed:map_key") for i in (1, 2, 5)])

    # --- files ------------------------------------------------------------------------------------------------------------------

    def test_a_broken_file_among_sound_ones_is_named(self):
        content = self.good("b.parquet").read_bytes()
        footer = int.from_bytes(content[-8:-4], "little")
        for name, broken in (("empty", b""), ("cut in half", content[:len(content) // 2]), ("text", b"id,s\n1,2\n" * 20),
                             ("marks alone", b"PAR1PAR1"), ("a footer of 2 GiB", content[:-8] + b"\xff\xff\xff\x7fPAR1"),
                             ("a footer of zeros", content[:-8 - footer] + b"\x00" * footer + content[-8:]),
                             ("a footer of ones", content[:-8 - footer] + b"\xff" * footer + content[-8:]),
                             ("no footer", content[:-8] + b"\x00\x00\x00\x00PAR1")):
            with self.subTest(name):
                self.good("a.parquet")
                self.good("c.parquet")
                self.write("in/b.parquet", broken)
                self.assert_names(self.read(exit=3), "in/b.parquet")

    def test_a_file_is_named_that_has_a_broken_page_behind_a_broken_text(self):
        self.good()
        path = self.root / "in" / "b.parquet"
        table = pyarrow.table({"s": ["text one", "text two"], "id": [1, 2]})
        pyarrow.parquet.write_table(table, path, compression="NONE", use_dictionary=False, write_statistics=False)
        page = pyarrow.parquet.read_metadata(path).row_group(0).column(1).data_page_offset
        data = bytearray(path.read_bytes().replace(b"text one", b"text \xffne"))
        data[page:page + 8] = b"\xff" * 8
        path.write_bytes(data)
        self.assert_names(self.read(exit=3), 'Parquet file "in/b.parquet" cannot be read')

    def test_a_footer_that_lies_about_its_rows_is_named(self):
        columns = leaf("id", INT64, [1, 2, 3]), leaf("s", BYTE_ARRAY, [b"a", b"b", b"c"], converted="UTF8")
        for name, options in (("file, more", {"says": 7}), ("file, fewer", {"says": 2}), ("group, fewer", {"n_rows": 2}),
                              ("group, more", {"n_rows": 4})):
            with self.subTest(name):
                self.good()
                self.parquet(*columns, **options)
                self.assert_names(self.read(exit=3), "in/b.parquet")

    def test_metadata_that_is_no_text_is_named_with_its_file(self):
        for name, nodes, options in (("who wrote it", [leaf("id", INT64, [1])], {"created_by": b"parquet \xff"}),
                                     ("a column", [leaf(b"i\xffd", INT64, [1])], {})):
            with self.subTest(name):
                self.good()
                self.parquet(*nodes, **options)
                self.assert_names(self.read(exit=3), 'Parquet file "in/b.parquet" cannot be read', "not UTF-8", "hint: ")

    def test_a_codec_that_is_not_supported_is_named_with_its_file(self):
        for codec, said in ((3, '"LZO"'), (5, '"LZ4"'), (99, "")):
            with self.subTest(codec):
                self.good()
                self.parquet(leaf("id", INT64, [1, 2, 3]), codec=codec)
                self.assert_names(self.read(exit=3), 'Parquet file "in/b.parquet" cannot be read', said, "hint: ")

    def test_a_file_whose_ends_are_not_as_they_should_be_is_named(self):
        content = self.good("b.parquet").read_bytes()
        for name, broken, said in (("a footer longer than the file", content[:-8] + b"\x00\x00\x10\x00PAR1", "ooter"),
                                   ("no mark at the end", content[:-4] + b"XXXX", "magic"),
                                   ("an encrypted footer", b"PARE" + content[4:-4] + b"PARE", "encrypted"),
                                   ("no bytes", b"", "too small")):
            with self.subTest(name):
                self.good()
                self.write("in/b.parquet", broken)
                self.assert_names(self.read(exit=3), 'Parquet file "in/b.parquet"', said)
        (self.root / "in/b.parquet").unlink()
        (self.root / "in/b.parquet").mkdir()
        self.assert_names(self.read(exit=3), 'directory "in/b.parquet" holds no file')

    def test_a_checksum_of_a_page_is_not_looked_at(self):
        """As in Spark, where parquet.page.verify-checksum.enabled is false unless it is set."""
        self.parquet(leaf("id", INT64, [1, 2, 3]), crc_error=True)
        self.assertEqual(self.read().rows["passed"], 3)

    def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_read(self):
        def repeated(kind, n_bytes, count=6000):
            return pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * count, pyarrow.int32()),
                                                       pyarrow.array([b"x" * n_bytes], kind))
        text, mib = pyarrow.string(), 1 << 20
        lists = pyarrow.ListArray.from_arrays(pyarrow.array(range(0, 6001, 1000), pyarrow.int32()), repeated(text, mib))
        for name, columns in (("text", {"t": repeated(text, mib)}), ("binary", {"t": repeated(pyarrow.binary(), mib)}),
                              ("a list", {"t": lists}),
                              ("several", {f"t{i}": repeated(text, 40 << 10) for i in range(10)})):
            with self.subTest(name):
                self.good()
                path = self.root / "in/b.parquet"
                pyarrow.parquet.write_table(pyarrow.table(columns), path, compression="zstd", store_schema=False)
                self.assertLess(path.stat().st_size, 5000)
                self.write("config/env.yml", {"duckdb": {"memory_limit": "512MB", "threads": 2}})
                answer = self.read(exit=3)
                self.assert_names(answer, 'Parquet file "in/b.parquet" has values in column "t', "duckdb.memory_limit", "hint: ")
                self.assertLess(answer.summary["peak_rss_bytes"], 1 << 30)
        pyarrow.parquet.write_table(pyarrow.table({"t": repeated(text, 10 << 10)}), path, compression="zstd", store_schema=False)
        self.assertEqual(self.read().rows["passed"], 6100)

    def limit_memory(self, limit="512MB"):
        self.write("config/env.yml", {"duckdb": {"memory_limit": limit, "threads": 2}})

    def assert_too_large(self, *parts):
        answer = self.read(exit=3)
        self.assert_names(answer, 'Parquet file "in/b.parquet" has ', "duckdb.memory_limit", "hint: ", *parts)
        self.assertLess(answer.summary["peak_rss_bytes"], 1 << 30)

    def test_a_long_value_that_many_rows_share_is_refused_whatever_the_codec_and_the_type(self):
        value = random.Random(1).randbytes(1 << 19).hex().encode()

        def shared(kind, n_rows=6000):
            return pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * n_rows, pyarrow.int32()), pyarrow.array([value], kind))
        text = pyarrow.string()
        keys = pyarrow.array([b"k"] * 6000, text)
        columns = {
            "text": shared(text), "binary": shared(pyarrow.binary()), "struct": pyarrow.StructArray.from_arrays([shared(text)], ["f"]),
            "list": pyarrow.ListArray.from_arrays(pyarrow.array(range(0, 6001, 10), pyarrow.int32()), shared(text)),
            "map": pyarrow.MapArray.from_arrays(pyarrow.array(range(6001), pyarrow.int32()), keys, shared(text)),
        }
        self.limit_memory()
        for name, column, codec in [(n, c, "none") for n, c in columns.items()] + [("text", columns["text"], c) for c in ("snappy", "lz4")]:
            with self.subTest(f"{name}, {codec}"):
                pyarrow.parquet.write_table(pyarrow.table({"t": column}), self.root / "in/b.parquet", compression=codec, store_schema=False)
                self.assert_too_large('in column "t')

    def test_values_that_repeat_what_is_before_them_are_refused(self):
        values = pyarrow.array([b"x" * (1 << 18)] * 1000, pyarrow.string())
        pyarrow.parquet.write_table(pyarrow.table({"t": values}), self.root / "in/b.parquet", use_dictionary=False, compression="none",
                                    column_encoding={"t": "DELTA_BYTE_ARRAY"})
        self.limit_memory("128MB")
        self.assert_too_large('in column "t"')

    def test_a_dictionary_that_the_footer_does_not_tell_of_is_found(self):
        self.limit_memory()
        self.parquet(leaf("t", BYTE_ARRAY, [b"x" * (1 << 20)] * 6000, dictionary=True, converted="UTF8"))
        self.assert_too_large('in column "t"')
        self.parquet(leaf("t", BYTE_ARRAY, [b"x" * (1 << 10)] * 6000, dictionary=True, converted="UTF8"))
        self.assertEqual(self.read().rows["passed"], 6000)

    def test_a_page_that_says_it_has_gigabytes_is_refused(self):
        self.limit_memory()
        for node in (leaf("t", BYTE_ARRAY, [b"x"], unpacked=(1 << 31) - 1), leaf("t", INT64, [1], unpacked=1 << 30)):
            self.parquet(node, codec=1)
            self.assert_too_large('has a page in column "t"')

    def test_columns_with_a_long_value_here_and_there_are_read(self):
        """Each could fill a vector with its longest value, and none does."""
        columns = {f"t{i}": [f"value {n % 50}" for n in range(5000)] for i in range(40)}
        for i, column in enumerate(columns.values()):
            column[i * 100] = "x" * 100_000
        self.limit_memory()
        pyarrow.parquet.write_table(pyarrow.table(columns), self.root / "in/b.parquet")
        self.assertEqual(self.read().rows["passed"], 5000)

    def test_every_codec_is_read(self):
        for codec in ("NONE", "SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD"):
            pyarrow.parquet.write_table(GOOD, self.root / f"in/{codec}.parquet", compression=codec)
        self.assertEqual(self.read().rows["passed"], 600)

    def test_every_encoding_and_page_version_is_read(self):
        table = pyarrow.table({"i": pyarrow.array(range(100), pyarrow.int32()), "l": list(range(100)), "d": [i / 2 for i in range(100)],
                               "s": [f"value {i}" for i in range(100)]})
        for version in ("1.0", "2.0"):
            for name, encodings in (("delta", {"i": "DELTA_BINARY_PACKED", "l": "DELTA_BINARY_PACKED", "s": "DELTA_BYTE_ARRAY"}),
                                    ("split", {"d": "BYTE_STREAM_SPLIT", "s": "DELTA_LENGTH_BYTE_ARRAY"})):
                pyarrow.parquet.write_table(table, self.root / f"in/{name}-{version}.parquet", use_dictionary=False,
                                            column_encoding=encodings, data_page_version=version)
        self.read()
        self.assertEqual(self.silver("count(*), sum(i), sum(l), sum(d), count(DISTINCT s)"), [(400, 19800, 19800, 9900.0, 100)])

    def test_a_file_without_rows_or_columns(self):
        pyarrow.parquet.write_table(GOOD.slice(0, 0), self.root / "in/a.parquet")
        self.assert_names(self.read(exit=1), "no record", "in/a.parquet")
        self.good("b.parquet")
        self.assertEqual(self.read().rows["passed"], 100)
        pyarrow.parquet.write_table(pyarrow.table({}), self.root / "in/c.parquet")
        self.assert_names(self.read(exit=3), "in/c.parquet")

    def test_an_encrypted_file_is_named_as_one(self):
        import base64
        import pyarrow.parquet.encryption as encryption

        class Keys(encryption.KmsClient):
            def wrap_key(self, key_bytes, master_key_identifier):
                return base64.b64encode(key_bytes).decode()

            def unwrap_key(self, wrapped_key, master_key_identifier):
                return base64.b64decode(wrapped_key)

        for plaintext_footer in (False, True):
            with self.subTest(plaintext_footer=plaintext_footer):
                settings = encryption.EncryptionConfiguration(footer_key="k", column_keys={"k": ["s"]},
                                                              plaintext_footer=plaintext_footer)
                factory = encryption.CryptoFactory(lambda _: Keys())
                properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), settings)
                with pyarrow.parquet.ParquetWriter(self.root / "in/b.parquet", GOOD.schema,
                                                   encryption_properties=properties) as writer:
                    writer.write_table(GOOD)
                self.good()
                self.assert_names(self.read(exit=3), "in/b.parquet", "encrypted")

    def test_a_schema_that_is_nested_too_deep_is_refused(self):
        node = leaf("x", INT32, [1], levels=[(0, 301)])
        for _ in range(300):
            node = group("g", [node])
        self.parquet(node, n_rows=1)
        self.assert_names(self.read(exit=2), "in/b.parquet", "nested deeper than 200 levels")

    # --- names ------------------------------------------------------------------------------------------------------------------

    def test_two_columns_of_one_name_are_refused_until_they_are_renamed(self):
        self.parquet(leaf("id", INT32, [1]), leaf("ID", INT32, [2]))
        self.assert_names(self.read(exit=2), "two columns", '"ID"')
        self.read(standardization={"rename": [{"from": "ID", "to": "other"}]})
        self.assertEqual(self.silver("id, other"), [(1, 2)])
        self.parquet(leaf("id", INT32, [1]), leaf("id", INT32, [2]))
        self.assert_names(self.read(exit=2), "two columns", '"id"')

    def test_a_column_without_a_name_is_refused_until_it_is_renamed(self):
        self.parquet(leaf("id", INT32, [1]), leaf("", INT32, [2]))
        self.assert_names(self.read(exit=2), "has no name")
        self.read(standardization={"rename": [{"from": "", "to": "other"}]})
        self.assertEqual(self.silver("id, other"), [(1, 2)])

    def test_a_json_key_without_a_name_is_refused_until_it_is_renamed(self):
        self.write("in/a.jsonl", '{"": 1, "id": 2}\n')
        change = {"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": {"header": None}}}
        self.dataset(change)
        self.assert_names(self.run_dataset(exit=2), "has no name")
        self.dataset({**change, "standardization": {"rename": [{"from": "", "to": "other"}]}})
        self.run_dataset()
        self.assertEqual(self.silver("id, other"), [("2", "1")])

    def test_fields_of_one_name_or_none_are_refused(self):
        for names in (("a", "A"), ("a", "a"), ("a", "")):
            with self.subTest(names):
                self.parquet(leaf("id", INT32, [1]), group("s", [leaf(name, INT32, [1], levels=[(0, 2)]) for name in names]))
                self.assert_names(self.read(exit=2), 'column "s"', "in/b.parquet")

    def test_no_name_of_the_data_meets_one_of_the_engine_s(self):
        names = ["file_row_number", "file_index", "filename", "crisol_filename", "crisol_number", "rowid", "rows", "file", "position",
                 "v0", "r0", "k0", "q0", "c0", "w0", "fate", "reason", "line", "raw", "schema", "t", "b0", "e0", "select", 'a"b', "a'b",
                 "year", "id", "number"]
        self.parquet(*[leaf(name, INT32, [i]) for i, name in enumerate(names)])
        self.read(quality={"rules": [{"name": "one", "expr": "file_row_number = 0 AND rowid = 5 AND c0 = 13"}]})
        columns = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
        self.assertEqual(self.silver(columns), [tuple(range(len(names)))])

    def test_a_name_that_crisol_adds_is_refused(self):
        for name in ("_run_id", "_INGESTION_TS", "_failed_rules", "_source_file", "_raw_record", "crisol_partition"):
            with self.subTest(name):
                self.parquet(leaf("id", INT32, [1]), leaf(name, INT32, [1]))
                self.assert_names(self.read(exit=2), f'"{name}"')


if __name__ == "__main__":
    unittest.main()
