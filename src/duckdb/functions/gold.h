/** What the functions find in values that go to a gold table. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_GOLD_H
#define CRISOL_DUCKDB_FUNCTIONS_GOLD_H

/** What crisol_json_fault(text, encoding) finds in JSON that goes to gold. */
enum gold_fault { GOLD_FAULT_NONE, GOLD_FAULT_NUL, GOLD_FAULT_JSON, GOLD_FAULT_ENCODING };

#endif
