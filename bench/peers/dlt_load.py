"""Loads a CSV file of lab results into Postgres with dlt: an upsert by result_id, in dlt's faster file format.

Usage: dlt_load.py URL FILE DIRECTORY. All columns are left as text; the directory keeps what dlt knows between two runs.
"""

import csv
import sys
from itertools import islice

import dlt

url, path, directory = sys.argv[1:]


@dlt.resource(
    name="lab_result",
    primary_key="result_id",
    write_disposition={"disposition": "merge", "strategy": "upsert"},
)
def lab_results():
    with open(path, newline="") as file:
        records = csv.DictReader(file)
        while batch := list(islice(records, 10_000)):
            yield batch


pipeline = dlt.pipeline(
    "peers",
    pipelines_dir=directory,
    dataset_name="warehouse",
    destination=dlt.destinations.postgres(url),
)
pipeline.run(lab_results(), loader_file_format="csv")
