#include "plan/drift.h"

#include <string.h>

const char *const drift_kind_names[N_DRIFT_KINDS] = {
  [DRIFT_NEW] = "new",         [DRIFT_MISSING] = "missing",   [DRIFT_REORDERED] = "reordered",
  [DRIFT_WIDENED] = "widened", [DRIFT_NARROWED] = "narrowed", [DRIFT_CHANGED] = "changed",
};

const char *const drift_scope_names[N_DRIFT_SCOPES] = {
  [DRIFT_FILES] = "files", [DRIFT_RUN] = "run", [DRIFT_GOLD] = "gold"
};

static bool is_same(const char *a, const char *b)
{
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *copy(struct arena *arena, const char *string)
{
  return string == NULL ? NULL : arena_copy(arena, string, strlen(string));
}

void drift_add(struct drift *drift, const struct drift_change *change)
{
  for (size_t i = 0; i < drift->count; i++) {
    struct drift_change *known = &drift->changes[i];
    if (known->scope == change->scope && known->kind == change->kind && is_same(known->column, change->column) &&
        is_same(known->from, change->from) && is_same(known->to, change->to)) {
      known->n_files++;
      return;
    }
  }
  drift->changes = arena_grow(drift->arena, drift->changes, drift->count, &drift->capacity, sizeof(*drift->changes));
  drift->changes[drift->count++] = (struct drift_change){
    .scope = change->scope,
    .kind = change->kind,
    .column = copy(drift->arena, change->column),
    .from = copy(drift->arena, change->from),
    .to = copy(drift->arena, change->to),
    .file = copy(drift->arena, change->file),
    .n_files = 1,
  };
}

enum { NOT_FOUND = -1 };

static int find(const struct drift_columns *columns, const char *name)
{
  for (size_t i = 0; i < columns->count; i++)
    if (text_equal_nocase(text_from(columns->names[i]), text_from(name)))
      return (int)i;
  return NOT_FOUND;
}

/* A struct with a name such as "a:b" in it cannot be read back from its text. */
static enum drift_kind kind_of(const char *from_text, const char *to_text)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct error ignored;
  const struct type *from = NULL, *to = NULL;
  if (!type_parse(&scratch, text_from(from_text), NOWHERE, &from, &ignored) ||
      !type_parse(&scratch, text_from(to_text), NOWHERE, &to, &ignored))
    return DRIFT_CHANGED;
  if (type_is_widening(from, to))
    return DRIFT_WIDENED;
  return type_is_widening(to, from) ? DRIFT_NARROWED : DRIFT_CHANGED;
}

/* The first column that stands before one which it stood behind. */
static const char *find_out_of_place(const struct drift_columns *before, const struct drift_columns *now)
{
  int latest = NOT_FOUND;
  for (size_t i = 0; i < now->count; i++) {
    int place = find(before, now->names[i]);
    if (place == NOT_FOUND)
      continue;
    if (place < latest)
      return now->names[i];
    latest = place;
  }
  return NULL;
}

void drift_compare(struct drift *drift, enum drift_scope scope, const struct drift_columns *before,
                   const struct drift_columns *now, const char *file)
{
  struct drift_change change = { .scope = scope, .file = file };
  for (size_t i = 0; i < now->count; i++) {
    int index = find(before, now->names[i]);
    change.column = now->names[i];
    change.from = change.to = NULL;
    if (index == NOT_FOUND) {
      change.kind = DRIFT_NEW;
      drift_add(drift, &change);
    } else if (strcmp(before->types[index], now->types[i]) != 0) {
      change.from = before->types[index];
      change.to = now->types[i];
      change.kind = kind_of(change.from, change.to);
      drift_add(drift, &change);
    }
  }
  change.from = change.to = NULL;
  change.kind = DRIFT_MISSING;
  for (size_t i = 0; i < before->count; i++) {
    change.column = before->names[i];
    if (find(now, before->names[i]) == NOT_FOUND)
      drift_add(drift, &change);
  }
  change.kind = DRIFT_REORDERED;
  change.column = find_out_of_place(before, now);
  if (change.column != NULL)
    drift_add(drift, &change);
}

void drift_print(const struct drift_change *change, struct text_buffer *out)
{
  text_buffer_printf(out, "column \"%s\" is %s", change->column, drift_kind_names[change->kind]);
  if (change->from != NULL)
    text_buffer_printf(out, " from %s to %s", change->from, change->to);
}
