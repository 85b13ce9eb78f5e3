"""Makes data/archive.parquet from data/archive.csv, with the types that an archive keeps. Needs PyPI's duckdb."""

import pathlib

import duckdb

data = pathlib.Path(__file__).resolve().parent / "data"
duckdb.execute(f"""
    SET TimeZone = 'UTC';
    COPY (FROM read_csv('{data}/archive.csv', header = true, columns = {{
            'order_id': 'VARCHAR', 'product': 'VARCHAR', 'quantity': 'INTEGER', 'price': 'DECIMAL(10,2)',
            'ordered_at': 'TIMESTAMPTZ', 'customer': 'VARCHAR' }}))
    TO '{data}/archive.parquet' (FORMAT parquet)""")
