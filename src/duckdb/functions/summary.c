/* Summaries as an aggregate, which DuckDB runs in all its threads. */
#include "duckdb/functions/summary.h"

#include "duckdb/functions/internal.h"

#include <stdio.h>

/* What DuckDB keeps for a thread: made with the first value. */
struct state {
  struct summary *summary;
};

static struct state *state_of(duckdb_aggregate_state state)
{
  return (struct state *)(void *)state;
}

static idx_t state_size(duckdb_function_info info)
{
  (void)info;
  return sizeof(struct state);
}

static void begin(duckdb_function_info info, duckdb_aggregate_state state)
{
  (void)info;
  state_of(state)->summary = NULL;
}

static void update(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state *states)
{
  (void)info;
  struct vector value = { .handle = duckdb_data_chunk_get_vector(input, 0) };
  value.data = duckdb_vector_get_data(value.handle);
  value.validity = duckdb_vector_get_validity(value.handle);
  size_t count = duckdb_data_chunk_get_size(input);
  for (size_t row = 0; row < count; row++) {
    struct state *state = state_of(states[row]);
    if (vector_is_null(&value, row))
      continue;
    if (state->summary == NULL)
      state->summary = summary_new();
    summary_add(state->summary, vector_text(&value, row));
  }
}

static void combine(duckdb_function_info info, duckdb_aggregate_state *sources, duckdb_aggregate_state *targets,
                    idx_t count)
{
  (void)info;
  for (idx_t i = 0; i < count; i++) {
    struct state *source = state_of(sources[i]), *target = state_of(targets[i]);
    if (source->summary == NULL)
      continue;
    if (target->summary != NULL) {
      summary_merge(target->summary, source->summary);
      continue;
    }
    target->summary = source->summary;
    source->summary = NULL;
  }
}

static void finalize(duckdb_function_info info, duckdb_aggregate_state *states, duckdb_vector result, idx_t count,
                     idx_t offset)
{
  struct summary **slot = duckdb_aggregate_function_get_extra_info(info);
  bool *answers = duckdb_vector_get_data(result);
  for (idx_t i = 0; i < count; i++) {
    struct state *state = state_of(states[i]);
    summary_free(slot);
    *slot = state->summary;
    state->summary = NULL;
    answers[offset + i] = true;
  }
}

static void destroy(duckdb_aggregate_state *states, idx_t count)
{
  for (idx_t i = 0; i < count; i++)
    summary_free(&state_of(states[i])->summary);
}

bool summary_function_register(duckdb_connection connection, size_t column, struct summary **slot, struct error *err)
{
  char name[64];
  snprintf(name, sizeof(name), "crisol_summary__%zu", column);
  duckdb_aggregate_function function = duckdb_create_aggregate_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_aggregate_function_set_name(function, name);
  duckdb_aggregate_function_add_parameter(function, text);
  duckdb_aggregate_function_set_return_type(function, boolean);
  duckdb_aggregate_function_set_extra_info(function, slot, NULL);
  duckdb_aggregate_function_set_functions(function, state_size, begin, update, combine, finalize);
  duckdb_aggregate_function_set_destructor(function, destroy);
  bool is_registered = duckdb_register_aggregate_function(connection, function) == DuckDBSuccess;
  duckdb_destroy_logical_type(&boolean);
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_aggregate_function(&function);
  return is_registered || fail(err, ERROR_DEFECT, NOWHERE, "could not register function \"%s\"", name);
}
