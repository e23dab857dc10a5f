"""Judges values by a JSON Schema with the library jsonschema.

Reads {"schema": …, "values": [...]} and writes for each value a list of what is wrong with it. Fails
if the schema itself is none.
"""

import json
import sys

from jsonschema import Draft202012Validator

asked = json.load(sys.stdin)
Draft202012Validator.check_schema(asked["schema"])
validator = Draft202012Validator(asked["schema"])
json.dump([[error.message for error in validator.iter_errors(value)] for value in asked["values"]], sys.stdout)
