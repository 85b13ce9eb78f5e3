"""Makes the streams of this folder, with pyarrow: build/venv/bin/python tests/cases/arrow/make.py"""

import datetime
import decimal
import pathlib

import pyarrow as pa

HERE = pathlib.Path(__file__).parent
DECIMALS = [decimal.Decimal("-12345678901234567890.12"), None, decimal.Decimal("0.00")]
COLUMNS = {
    "tiny": pa.array([-128, None, 127], pa.int8()),
    "small": pa.array([-32768, None, 32767], pa.int16()),
    "int": pa.array([-2147483648, None, 2147483647], pa.int32()),
    "big": pa.array([-9223372036854775808, None, 9223372036854775807], pa.int64()),
    "float": pa.array([0.1, None, float("-inf")], pa.float32()),
    "double": pa.array([0.1, None, float("nan")], pa.float64()),
    "bool": pa.array([True, None, False]),
    "text": pa.array(["á€😀", None, ""], pa.string()),
    "bytes": pa.array([b"\x01\xff", None, b""], pa.binary()),
    "large": pa.array(["x", None, "yz"], pa.large_string()),
    "decimal": pa.array(DECIMALS, pa.decimal128(38, 2)),
    "date": pa.array([datetime.date(1969, 12, 31), None, datetime.date(2024, 1, 31)], pa.date32()),
    "instant": pa.array([-1, None, 1706659200000000], pa.timestamp("us", "UTC")),
    "local": pa.array([-1, None, 1706659200000000], pa.timestamp("us")),
    "nothing": pa.nulls(3),
}


def write(name, *batches, **options):
    with pa.OSFile(str(HERE / name), "wb") as file:
        with pa.ipc.new_stream(file, batches[0].schema, options=pa.ipc.IpcWriteOptions(**options)) as stream:
            for batch in batches:
                stream.write_batch(batch)


batch = pa.record_batch(list(COLUMNS.values()), list(COLUMNS))
write("types.arrows", batch, batch.slice(1, 1), batch.slice(0, 0))
write("zstd.arrows", pa.record_batch([pa.array(["x" * 1000] * 100)], ["a"]), compression="zstd")
write("list.arrows", pa.record_batch([pa.array([1]), pa.array([[1]])], ["one", "things"]))
write("seconds.arrows", pa.record_batch([pa.array([1], pa.timestamp("s"))], ["at"]))
write("time.arrows", pa.record_batch([pa.array([1], pa.time64("us"))], ["clock"]))
