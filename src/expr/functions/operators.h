/** What the files of operators share. */
#ifndef CRISOL_EXPR_FUNCTIONS_OPERATORS_H
#define CRISOL_EXPR_FUNCTIONS_OPERATORS_H

#include "expr/functions/functions.h"

/** Spark's classes of operands that an operator cannot take together, and that it cannot take at all. */
#define DIFFERENT_TYPES "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES"
#define WRONG_TYPE "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE"

static inline enum type_id type_of(const struct call *call, size_t index)
{
  return call->args[index]->type->id;
}

/** Fails with one of these classes, naming both types. */
static inline bool fail_operands(struct call *call, const char *error_class)
{
  struct arena *arena = call->resolver->arena;
  return call_fail(call, error_class, "\"%s\" cannot take %s and %s", call->function->name,
                   type_name(arena, call->args[0]->type), type_name(arena, call->args[1]->type));
}

/* temporal.c: arithmetic on dates, timestamps and intervals */
bool temporal_applies(const struct type *type);
/** Types the call; ERROR_CONFIG where no operator takes these types. */
MUST_CHECK bool temporal_resolve(struct call *call);
/** Adds it as DuckDB's SQL. */
void temporal_print(const struct expr *call, struct text_buffer *out);

#endif
