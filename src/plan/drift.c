#include "plan/drift.h"

#include <string.h>

const char *const drift_kind_names[N_DRIFT_KINDS] = {
  [DRIFT_NEW] = "new",         [DRIFT_MISSING] = "missing",   [DRIFT_REORDERED] = "reordered",
  [DRIFT_WIDENED] = "widened", [DRIFT_NARROWED] = "narrowed", [DRIFT_CHANGED] = "changed",
};

const char *const drift_scope_names[N_DRIFT_SCOPES] = {
  [DRIFT_FILES] = "files", [DRIFT_RUN] = "run", [DRIFT_GOLD] = "gold"
};

static const char *copy(struct arena *arena, const char *string)
{
  return string == NULL ? NULL : arena_copy(arena, string, strlen(string));
}

void drift_add(struct drift *drift, const struct drift_change *change)
{
  struct arena *arena = drift->arena;
  drift->changes = arena_grow(arena, drift->changes, drift->count, &drift->capacity, sizeof(*drift->changes));
  struct drift_change *added = &drift->changes[drift->count++];
  *added = *change;
  added->column = copy(arena, change->column);
  added->from = copy(arena, change->from);
  added->to = copy(arena, change->to);
  added->file = copy(arena, change->file);
}

static bool is_same(const char *a, const char *b)
{
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Files that differ alike are one change. */
static void merge(struct drift *drift, const struct drift_change *change)
{
  for (size_t i = 0; i < drift->count; i++) {
    struct drift_change *known = &drift->changes[i];
    if (known->scope == change->scope && known->kind == change->kind && is_same(known->column, change->column) &&
        is_same(known->from, change->from) && is_same(known->to, change->to)) {
      known->n_files += change->n_files;
      return;
    }
  }
  drift_add(drift, change);
}

enum { NOT_FOUND = -1 };

static int find(const struct drift_columns *columns, const char *name)
{
  for (size_t i = 0; i < columns->count; i++)
    if (text_equal_nocase(text_from(columns->names[i]), text_from(name)))
      return (int)i;
  return NOT_FOUND;
}

/* Texts that an earlier version wrote, with names of any characters unquoted, may not be read back. */
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

/* The first column that stands before one which it stood behind. `places` has where each column stood. */
static const char *find_out_of_place(const struct drift_columns *now, const int *places)
{
  int latest = NOT_FOUND;
  for (size_t i = 0; i < now->count; i++) {
    if (places[i] != NOT_FOUND && places[i] < latest)
      return now->names[i];
    latest = places[i] > latest ? places[i] : latest;
  }
  return NULL;
}

void drift_compare(struct drift *drift, enum drift_scope scope, const struct drift_columns *before,
                   const struct drift_columns *now, const char *file, size_t n_files)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  int *places = arena_array(&scratch, now->count + 1, sizeof(*places));
  bool *is_there = arena_array(&scratch, before->count + 1, sizeof(*is_there));
  struct drift_change change = { .scope = scope, .file = file, .n_files = n_files };
  for (size_t i = 0; i < now->count; i++) {
    places[i] = find(before, now->names[i]);
    change.column = now->names[i];
    change.from = change.to = NULL;
    change.kind = DRIFT_NEW;
    if (places[i] != NOT_FOUND) {
      is_there[places[i]] = true;
      change.from = before->types[places[i]];
      change.to = now->types[i];
      if (strcmp(change.from, change.to) == 0)
        continue;
      change.kind = kind_of(change.from, change.to);
    }
    merge(drift, &change);
  }
  change.from = change.to = NULL;
  change.kind = DRIFT_MISSING;
  for (size_t i = 0; i < before->count; i++) {
    change.column = before->names[i];
    if (!is_there[i])
      merge(drift, &change);
  }
  change.kind = DRIFT_REORDERED;
  change.column = find_out_of_place(now, places);
  if (change.column != NULL)
    merge(drift, &change);
}

void drift_print(const struct drift_change *change, struct text_buffer *out)
{
  text_buffer_printf(out, "column \"%s\" is %s", change->column, drift_kind_names[change->kind]);
  if (change->from != NULL)
    text_buffer_printf(out, " from %s to %s", change->from, change->to);
}
