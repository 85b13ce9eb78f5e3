/** The embedded engine: runs a plan on DuckDB, in this process. */
#ifndef CRISOL_ENGINE_DUCKDB_DRIVER_H
#define CRISOL_ENGINE_DUCKDB_DRIVER_H

#include "engine/engine.h"

extern const struct engine_driver duckdb_engine;

#endif
