#include "pipeline/verdict.h"

#include "base/file.h"
#include "base/log.h"
#include "pipeline/incremental.h"
#include "pipeline/summary.h"
#include "warehouse/gold.h"

#include <inttypes.h>
#include <stdlib.h>

/* The files that stand where the run writes. */
struct standing {
  struct standing_file *files; /* by path */
  size_t count;
  bool is_of_all; /* of the lake as a whole; else of the run's partitions */
  bool is_counted;
};

static uint64_t count_rows(const struct standing *standing)
{
  uint64_t rows = 0;
  for (size_t i = 0; i < standing->count; i++)
    rows += standing->files[i].rows;
  return rows;
}

/* A lake that cannot be counted counts as filled; it may be replaced all the same. */
static bool find_standing(struct job *job, struct standing *ret_standing, struct error *err)
{
  struct standing standing = { .is_of_all = job->plan.dataset->silver.mode == SILVER_OVERWRITE ||
                                            job->plan.n_partitions == 0 || job->run.rows.passed == 0 };
  struct error reason;
  TRY(lake_list_standing(job->arena, &job->lake, standing.is_of_all, &standing.files, &standing.count, err));
  standing.is_counted = lake_count_standing(&job->lake, job->engine, standing.files, standing.count, &reason);
  if (!standing.is_counted && reason.kind == ERROR_INTERRUPTED) {
    *err = reason;
    return false;
  }
  if (!standing.is_counted)
    log_warning("silver", "could not count the rows that stand in \"%s\": %s", job->plan.silver_path, reason.message);
  *ret_standing = standing;
  return true;
}

/* nothing in the place of something */

static bool refuse_emptying_lake(const struct job *job, const struct standing *standing, struct error *err)
{
  const struct dataset *dataset = job->plan.dataset;
  SCOPED(text_buffer_done) struct text_buffer rows = { 0 };
  if (job->run.rows.passed > 0 || dataset->allow_empty || standing->count == 0 ||
      (standing->is_counted && count_rows(standing) == 0))
    return true;
  if (standing->is_counted) {
    text_buffer_add_count(&rows, count_rows(standing));
    text_buffer_add_string(&rows, " ");
  }
  fail(err, ERROR_DATA, dataset->silver.path.place,
       "no row of this run is left for the lake \"%s\", whose %srows silver.mode: %s would replace",
       job->plan.silver_path, rows.length == 0 ? "" : rows.data, plan_silver_mode_name(dataset->silver.mode));
  return add_hint(err, "Set output.allow_empty: true if that is meant.");
}

static bool refuse_emptying_gold(struct job *job, struct error *err)
{
  const struct dataset *dataset = job->plan.dataset;
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct gold_table table;
  bool holds_rows = false;
  if (!dataset->gold.enabled || dataset->allow_empty || job->run.rows.gold > 0 || !gold_replaces(&job->plan))
    return true;
  TRY(warehouse_take(&job->warehouse, err));
  TRY(gold_read_table(&scratch, &job->warehouse, &job->plan, &table, err));
  TRY(gold_holds_rows(&job->warehouse, &job->plan, &table, &holds_rows, err));
  warehouse_release(&job->warehouse);
  if (!holds_rows)
    return true;
  fail(err, ERROR_DATA, dataset->gold.place,
       "no row of this run is left for gold table \"%s\".\"%s\", whose rows it would replace%s", dataset->gold.schema,
       dataset->gold.table, job->run.rows.passed > 0 ? ": the business rules remove all that passed" : "");
  return add_hint(err, "Set output.allow_empty: true if that is meant.");
}

/* less in the place of more */

static void alert_of_shrinking(struct job *job, const struct standing *standing)
{
  struct run *run = &job->run;
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t n_places = standing->is_of_all ? 1 : run->n_partitions, n_shrunk = 0, worst = 0;
  uint64_t *before = arena_array(&scratch, n_places + 1, sizeof(*before)), most_lost = 0;
  memset(before, 0, (n_places + 1) * sizeof(*before));
  for (size_t i = 0; i < standing->count; i++)
    before[standing->files[i].partition] += standing->files[i].rows;
  for (size_t i = 0; i < n_places; i++) {
    uint64_t after = standing->is_of_all ? run->rows.passed : run->silver_files[i].rows;
    if (after * 2 >= before[i])
      continue;
    if (n_shrunk++ == 0 || before[i] - after > most_lost) {
      worst = i;
      most_lost = before[i] - after;
    }
  }
  if (n_shrunk == 0)
    return;
  uint64_t after = before[worst] - most_lost;
  if (standing->is_of_all)
    run_alert(run, "rows_shrink", "the lake keeps less than half of its rows: it held %" PRIu64 ", now %" PRIu64,
              before[worst], after);
  else
    run_alert(run, "rows_shrink",
              "%zu of %zu partitions %s less than half of %s rows: \"%s\" held %" PRIu64 ", now %" PRIu64, n_shrunk,
              n_places, n_shrunk == 1 ? "keeps" : "keep", n_shrunk == 1 ? "its" : "their",
              run->partition_directories[worst], before[worst], after);
}

/* rows of files that an incremental run does not read */

static void sort_texts(const char **texts, size_t count)
{
  if (count > 0)
    qsort(texts, count, sizeof(*texts), compare_strings);
}

static const char **sorted_paths(struct arena *arena, const struct plan *plan)
{
  const char **paths = arena_array(arena, plan->n_files + 1, sizeof(*paths));
  for (size_t i = 0; i < plan->n_files; i++)
    paths[i] = path_absolute(arena, plan->files[i].path);
  sort_texts(paths, plan->n_files);
  return paths;
}

struct partition_inputs {
  struct job *job;
  size_t *ranks;             /* of the plan's files among sorted_paths */
  struct text_buffer *lists; /* "0,2,5", one a partition */
};

static void add_input(size_t partition, size_t file, void *context)
{
  struct partition_inputs *inputs = context;
  struct text_buffer *list = &inputs->lists[partition];
  text_buffer_printf(list, "%s%zu", list->length == 0 ? "" : ",", inputs->ranks[file]);
}

/* Notes, for the ledger, which inputs each partition's rows come from. */
static bool note_inputs(struct job *job, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan *plan = &job->plan;
  struct run *run = &job->run;
  const char **paths = sorted_paths(&scratch, plan);
  struct partition_inputs inputs = { .job = job,
                                     .ranks = arena_array(&scratch, plan->n_files + 1, sizeof(*inputs.ranks)),
                                     .lists = arena_array(&scratch, run->n_partitions + 1, sizeof(*inputs.lists)) };
  memset(inputs.lists, 0, (run->n_partitions + 1) * sizeof(*inputs.lists));
  for (size_t i = 0; i < plan->n_files; i++) {
    const char *path = path_absolute(&scratch, plan->files[i].path);
    const char **found = bsearch(&path, paths, plan->n_files, sizeof(*paths), compare_strings);
    inputs.ranks[i] = (size_t)(found - paths);
  }
  bool is_found = engine_find_inputs(job->engine, plan, add_input, &inputs, err);
  for (size_t i = 0; i < run->n_partitions; i++) {
    if (is_found)
      run->silver_files[i].inputs = text_copy(run->arena, text_buffer_text(&inputs.lists[i]));
    text_buffer_done(&inputs.lists[i]);
  }
  return is_found;
}

static int compare_by_run(const void *a, const void *b)
{
  const struct ledger_input *first = a, *second = b;
  int order = strcmp(first->run_id, second->run_id);
  return order != 0 ? order : strcmp(first->path, second->path);
}

/* All inputs of the dataset's runs, by run and path, and those of this one. */
struct history {
  const struct ledger_input *inputs;
  size_t count;
  const char **mine; /* sorted */
  size_t n_mine;
};

/* Whether the list of numbers, NULL for all, has one. */
static bool is_listed(const char *list, size_t number)
{
  for (const char *p = list; p != NULL && *p != '\0'; p += strcspn(p, ","), p += *p == ',')
    if (strtoull(p, NULL, 10) == number)
      return true;
  return list == NULL;
}

/* An input of what a run has written that this run does not read; "" where its inputs are unknown; NULL: none. */
static const char *find_forgotten(const struct history *history, const struct ledger_output *output)
{
  size_t low = 0, high = history->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(history->inputs[middle].run_id, output->run_id) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == history->count || strcmp(history->inputs[low].run_id, output->run_id) != 0)
    return "";
  for (size_t i = low; i < history->count && strcmp(history->inputs[i].run_id, output->run_id) == 0; i++) {
    const char *path = history->inputs[i].path;
    bool is_mine =
        history->n_mine > 0 && bsearch(&path, history->mine, history->n_mine, sizeof(char *), compare_strings) != NULL;
    if (!is_mine && is_listed(output->inputs, i - low))
      return path;
  }
  return NULL;
}

static bool fail_forgetting(const struct job *job, const struct standing_file *file, const char *run_id,
                            const char *input, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *directory = job->run.partition_directories[file->partition];
  const char *whose =
      run_id == NULL ? arena_printf(&scratch, "that no run of this dataset has written (\"%s\")", file->path)
      : input[0] == '\0'
          ? arena_printf(&scratch, "of run %s, of another dataset", run_id)
          : arena_printf(&scratch, "of input \"%s\", which run %s has taken and this run does not read", input, run_id);
  fail(err, ERROR_DATA, job->plan.dataset->silver.path.place,
       "partition \"%s\" holds rows %s: overwrite_dynamic would replace them", directory, whose);
  return add_hint(err, "Run with --all to take all files again, or partition so that no two files have rows of one "
                       "partition, or choose silver.mode: append.");
}

static int compare_outputs(const void *a, const void *b)
{
  return strcmp(((const struct ledger_output *)a)->path, ((const struct ledger_output *)b)->path);
}

static bool refuse_forgetting(struct job *job, const struct standing *standing, struct error *err)
{
  struct arena *arena = job->arena;
  struct history history = { .mine = sorted_paths(arena, &job->plan), .n_mine = job->plan.n_files };
  struct ledger_input *inputs = NULL;
  struct ledger_output *outputs = NULL;
  size_t n_outputs = 0;
  const char **paths = arena_array(arena, standing->count + 1, sizeof(*paths));
  TRY(warehouse_take(&job->warehouse, err));
  TRY(ledger_inputs(arena, &job->warehouse, job->plan.dataset->id.value, &inputs, &history.count, err));
  if (history.count == 0) /* nothing was taken before: this run reads all there is */
    return true;
  for (size_t i = 0; i < standing->count; i++)
    paths[i] = standing->files[i].path;
  TRY(ledger_outputs(arena, &job->warehouse, paths, standing->count, &outputs, &n_outputs, err));
  qsort(inputs, history.count, sizeof(*inputs), compare_by_run);
  history.inputs = inputs;
  if (n_outputs > 0)
    qsort(outputs, n_outputs, sizeof(*outputs), compare_outputs);
  for (size_t i = 0; i < standing->count; i++) {
    struct ledger_output wanted = { .path = paths[i] };
    const struct ledger_output *output =
        n_outputs == 0 ? NULL : bsearch(&wanted, outputs, n_outputs, sizeof(*outputs), compare_outputs);
    if (output == NULL)
      return fail_forgetting(job, &standing->files[i], NULL, NULL, err);
    const char *forgotten = find_forgotten(&history, output);
    if (forgotten != NULL)
      return fail_forgetting(job, &standing->files[i], output->run_id, forgotten, err);
  }
  return true;
}

static bool judge_incremental(struct job *job, const struct standing *standing, struct error *err)
{
  if (!is_incremental(job->plan.dataset) || job->plan.n_partitions == 0 || job->run.rows.passed == 0)
    return true;
  TRY(note_inputs(job, err));
  if (job->options->takes_all_files || job->options->full_refresh || standing->count == 0)
    return true;
  bool is_sound = refuse_forgetting(job, standing, err);
  warehouse_release(&job->warehouse);
  return is_sound;
}

bool judge_replacement(struct job *job, struct error *err)
{
  struct standing standing = { 0 };
  if (job->plan.dataset->silver.mode != SILVER_APPEND) {
    TRY(find_standing(job, &standing, err));
    TRY(refuse_emptying_lake(job, &standing, err));
    if (job->plan.dataset->silver.mode == SILVER_OVERWRITE_DYNAMIC || job->plan.dataset->is_remade)
      TRY(judge_incremental(job, &standing, err));
    bool touches_nothing = standing.is_of_all && job->plan.n_partitions > 0 && job->run.rows.passed == 0 &&
                           job->plan.dataset->silver.mode == SILVER_OVERWRITE_DYNAMIC;
    if (standing.is_counted && !touches_nothing)
      alert_of_shrinking(job, &standing);
  }
  TRY(refuse_emptying_gold(job, err));
  return refuse_alerts(job, err);
}

/* the rejects */

static bool write_rejects(struct job *job, const char *directory, uint64_t *ret_count, struct error *err)
{
  struct arena *arena = job->arena;
  const char *id = job->run.id;
  const char *hidden = path_join(arena, path_directory(arena, directory), arena_printf(arena, ".%s", id));
  const char *name = arena_printf(arena, "part-%s.parquet", id);
  TRY(directory_create(hidden, err));
  bool is_written =
      engine_write_rejects(job->engine, &job->plan, &job->run, path_join(arena, hidden, name), ret_count, err) &&
      (*ret_count == 0 || (file_sync(path_join(arena, hidden, name), err) && path_rename(hidden, directory, err)));
  struct error ignored; /* it is hidden: what is left of it disturbs nobody */
  if ((!is_written || *ret_count == 0) && !path_remove(hidden, &ignored))
    log_debug("quarantine", "%s", ignored.message);
  return is_written;
}

void keep_rejects(struct job *job, struct error *err)
{
  struct arena *arena = job->arena;
  struct error reason;
  uint64_t count = 0;
  if (err->kind != ERROR_DATA || !job->is_started || job->is_committed)
    return;
  const char *state = path_absolute(arena, job->config->env.state);
  const char *directory = path_join(arena, path_join(arena, state, "refused"), job->run.id);
  if (!write_rejects(job, directory, &count, &reason)) {
    log_warning("quarantine", "could not keep the rejects: %s", reason.message);
    return;
  }
  if (count == 0)
    return;
  job->run.refused_directory = directory;
  log_info("quarantine", "kept %" PRIu64 " rejected row%s in \"%s\"", count, count == 1 ? "" : "s", directory);
  const char *before = arena_copy(arena, err->hint, strlen(err->hint));
  add_hint(err, "%s%sThe rejects are in \"%s\".", before, before[0] == '\0' ? "" : " ", directory);
}
