/* The run whose rows are shown: by the rows that a place has of it, or by the ledger. */
#include "pipeline/ledgers.h"
#include "pipeline/show_internal.h"

#include "base/log.h"

/* The one id that begins with `start`; NULL: none. *ret_many is set where there are several. */
static const char *find_start(const char *const *ids, size_t n_ids, const char *start, bool *ret_many)
{
  const char *found = NULL;
  *ret_many = false;
  for (size_t i = 0; i < n_ids; i++) {
    if (strcmp(ids[i], start) == 0)
      return ids[i];
    if (!text_starts_with(text_from(ids[i]), text_from(start)))
      continue;
    *ret_many = *ret_many || found != NULL;
    found = ids[i];
  }
  return *ret_many ? NULL : found;
}

struct search {
  const char *start;
  const char *id; /* as it is recorded; NULL: it is not */
};

static bool find_recorded(const struct ledgers *ledgers, struct warehouse *warehouse, void *context, struct error *err)
{
  enum { DATASET = 1 };
  struct search *search = context;
  struct ledger_entry entry;
  bool is_found = false;
  TRY(ledger_find(ledgers->arena, warehouse, search->start, &entry, &is_found, err));
  if (is_found && strcmp(entry.execution[DATASET], ledgers->dataset_id) == 0)
    search->id = entry.execution[0];
  return true;
}

bool show_find_run(const struct show *show, const char *const *ids, size_t n_ids, const char **ret_id,
                   struct error *err)
{
  bool is_many = false;
  struct search search = { .start = show->asked->run };
  struct s3 *s3 = show->config->s3;
  struct ledgers ledgers = { .arena = show->arena, .options = *show->options, .s3 = &s3 };
  struct error reason;
  *ret_id = find_start(ids, n_ids, show->asked->run, &is_many);
  if (*ret_id != NULL)
    return true;
  if (is_many)
    return fail(err, ERROR_CONFIG, NOWHERE, "several runs begin with \"%s\"", show->asked->run);
  ledgers.options.observer.report = NULL; /* warnings were reported */
  if (!visit_ledgers(&ledgers, find_recorded, &search, &reason))
    log_debug("show", "the ledger could not be asked for run \"%s\": %s", show->asked->run, reason.message);
  *ret_id = search.id;
  if (search.id != NULL)
    return true;
  show_fail_unknown(arena_printf(show->arena, "dataset \"%s\" has no run", show->config->dataset->id.value),
                    show->asked->run, ids, n_ids, err);
  return err->hint[0] != '\0' ? false : add_hint(err, "`crisol runs -d %s` lists them.", show->options->dataset);
}
