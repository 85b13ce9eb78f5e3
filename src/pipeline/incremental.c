/* Which files are new. A file is known by its path, and has changed where its bytes have: not where it was touched,
 * copied back or got other rights, and also where a rewrite kept its size and time.
 *
 * To read all of a growing folder each time would cost more and more, so the bytes are not always asked. The time of a
 * file's last change (ctime), which no program can set, tells that nothing was done to it, unless that time is so close
 * to the run that took it that a later change may bear the same one. Elsewhere the MD5 tells; of objects, the ETag. */
#include "pipeline/incremental.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/parallel.h"

#include <inttypes.h>
#include <stdlib.h>

bool is_incremental(const struct dataset *dataset)
{
  for (size_t i = 0; i < dataset->n_sources; i++)
    if (dataset->sources[i].incremental)
      return true;
  return false;
}

/* the bytes */

struct digests {
  struct arena *arena;
  struct plan_file **files;
  char (*md5)[MD5_HEX_SIZE];
};

static bool digest_file(size_t index, void *context, struct error *err)
{
  const struct digests *digests = context;
  return md5_hex_of_file(digests->files[index]->path, digests->md5[index], err);
}

static bool digest_files(struct arena *arena, const struct plan *plan, struct plan_file **files, size_t count,
                         struct error *err)
{
  struct digests digests = { arena, files, arena_array(arena, count + 1, MD5_HEX_SIZE) };
  TRY(parallel_for(count, environment_threads(&plan->config->env), digest_file, &digests, err));
  for (size_t i = 0; i < count; i++)
    files[i]->md5 = digests.md5[i];
  return true;
}

bool note_contents(struct arena *arena, struct plan *plan, struct error *err)
{
  struct plan_file **files = arena_array(arena, plan->n_files + 1, sizeof(struct plan_file *));
  size_t count = 0;
  for (size_t s = 0; s < plan->n_sources; s++) {
    const struct plan_source *source = &plan->sources[s];
    for (size_t i = 0; source->config->incremental && i < source->n_files; i++) {
      struct plan_file *file = &plan->files[source->first_file + i];
      if (file->md5 == NULL && !path_is_remote(file->path))
        files[count++] = file;
    }
  }
  return digest_files(arena, plan, files, count, err);
}

/* what was taken */

static int compare_by_path(const void *a, const void *b)
{
  const struct ledger_input *first = a, *second = b;
  int order = strcmp(first->path, second->path);
  return order != 0 ? order : (first->started_us > second->started_us) - (first->started_us < second->started_us);
}

struct taken {
  struct arena *arena;
  const struct ledger_input *inputs; /* by path, those of a path oldest first */
  size_t count;
  struct place place; /* of the first source with a changed file under on_changed: fail */
  size_t n_refused;
  const struct plan_file *refused;
  const char *refused_run;
};

/* The first input of the path, and how many there are. */
static const struct ledger_input *find(const struct taken *taken, const char *path, size_t *ret_count)
{
  size_t low = 0, high = taken->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(taken->inputs[middle].path, path) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  *ret_count = 0;
  while (low + *ret_count < taken->count && strcmp(taken->inputs[low + *ret_count].path, path) == 0)
    (*ret_count)++;
  return &taken->inputs[low];
}

enum likeness { IS_UNLIKE, IS_ALIKE, IS_FOR_ITS_BYTES_TO_TELL };

/* The clock of a file's times may be as coarse as two seconds. */
static bool is_settled(const struct ledger_input *input)
{
  enum { COARSEST_US = 2000000 };
  return input->changed_us > 0 && input->started_us - input->changed_us > COARSEST_US;
}

static enum likeness compare(const struct ledger_input *input, const struct plan_file *file)
{
  if (input->bytes != file->bytes)
    return IS_UNLIKE;
  if (input->etag != NULL && file->etag != NULL)
    return strcmp(input->etag, file->etag) == 0 ? IS_ALIKE : IS_UNLIKE;
  bool has_same_time = input->modified_us == file->modified_us;
  if (input->md5 == NULL) /* by a run that noted no MD5 */
    return has_same_time ? IS_ALIKE : IS_UNLIKE;
  if (file->md5 != NULL)
    return strcmp(input->md5, file->md5) == 0 ? IS_ALIKE : IS_UNLIKE;
  return has_same_time && input->changed_us == file->changed_us && is_settled(input) ? IS_ALIKE
                                                                                     : IS_FOR_ITS_BYTES_TO_TELL;
}

/* The best of the likenesses to what was taken under the file's path. */
static enum likeness compare_all(const struct ledger_input *inputs, size_t count, const struct plan_file *file)
{
  enum likeness best = IS_UNLIKE;
  for (size_t i = 0; i < count && best != IS_ALIKE; i++) {
    enum likeness likeness = compare(&inputs[i], file);
    best = likeness == IS_UNLIKE ? best : likeness;
  }
  return best;
}

/* Asks the bytes where nothing else can tell. */
static bool digest_doubtful(const struct taken *taken, struct plan *plan, struct error *err)
{
  struct plan_file **files = arena_array(taken->arena, plan->n_files + 1, sizeof(struct plan_file *));
  size_t n_doubtful = 0, count = 0;
  for (size_t s = 0; s < plan->n_sources; s++) {
    struct plan_source *source = &plan->sources[s];
    for (size_t i = 0; source->config->incremental && i < source->n_files; i++) {
      struct plan_file *file = &source->files[i];
      const struct ledger_input *inputs = find(taken, path_absolute(taken->arena, file->path), &count);
      if (compare_all(inputs, count, file) == IS_FOR_ITS_BYTES_TO_TELL)
        files[n_doubtful++] = file;
    }
  }
  return digest_files(taken->arena, plan, files, n_doubtful, err);
}

static bool takes_changed(struct taken *taken, const struct plan_source *source, const struct plan_file *file,
                          const char *run_id)
{
  switch (source->config->on_changed) {
  case ON_CHANGED_APPEND:
    log_warning("source", "\"%s\" has changed since run %s took it: it is taken again as a whole", file->path, run_id);
    return true;
  case ON_CHANGED_SKIP:
    log_warning("source", "\"%s\" has changed since run %s took it: it is left out", file->path, run_id);
    return false;
  case ON_CHANGED_FAIL:
    break;
  }
  if (taken->n_refused++ == 0) {
    struct plan_file *refused = arena_alloc(taken->arena, sizeof(*refused));
    *refused = *file; /* the list that it is in moves */
    taken->refused = refused;
    taken->refused_run = run_id;
    taken->place = source->config->place;
  }
  return false;
}

static bool is_new(const struct plan_source *source, const struct plan_file *file, void *context)
{
  struct taken *taken = context;
  size_t count = 0;
  if (!source->config->incremental)
    return true;
  const struct ledger_input *inputs = find(taken, path_absolute(taken->arena, file->path), &count);
  if (count == 0)
    return true;
  return compare_all(inputs, count, file) != IS_ALIKE && takes_changed(taken, source, file, inputs[count - 1].run_id);
}

static bool refuse_changed(const struct taken *taken, struct error *err)
{
  if (taken->n_refused == 0)
    return true;
  const char *others = taken->n_refused == 1 ? "" : arena_printf(taken->arena, ", and %zu more", taken->n_refused - 1);
  fail(err, ERROR_DATA, taken->place, "input \"%s\" has changed since run %s took it%s", taken->refused->path,
       taken->refused_run, others);
  return add_hint(err, "Set source.on_changed: append to take such a file again as a whole, beside the rows that were "
                       "taken before, or skip to leave it out; `run --all` takes all files again.");
}

/* equal bytes under another name */

static const char *content_of(const char *md5, const char *etag)
{
  return md5 != NULL ? md5 : etag != NULL ? etag : "";
}

static int compare_by_content(const void *a, const void *b)
{
  const struct ledger_input *first = a, *second = b;
  return strcmp(content_of(first->md5, first->etag), content_of(second->md5, second->etag));
}

/* A file that was renamed is new by its path, and so is a delivery that equals an earlier one: which one it is, a
 * person knows. */
static void warn_of_renamed(struct arena *arena, const struct plan *plan, struct ledger_input *inputs, size_t count)
{
  if (count == 0)
    return;
  qsort(inputs, count, sizeof(*inputs), compare_by_content);
  for (size_t i = 0; i < plan->n_files; i++) {
    const struct plan_file *file = &plan->files[i];
    struct ledger_input key = { .md5 = file->md5, .etag = file->etag };
    const struct ledger_input *same = content_of(file->md5, file->etag)[0] == '\0' || file->bytes == 0
                                          ? NULL
                                          : bsearch(&key, inputs, count, sizeof(*inputs), compare_by_content);
    if (same != NULL && same->bytes == file->bytes && strcmp(same->path, path_absolute(arena, file->path)) != 0)
      log_warning("source",
                  "\"%s\" has the same bytes as \"%s\", which run %s has taken: if it was renamed, its rows "
                  "are taken twice",
                  file->path, same->path, same->run_id);
  }
}

/* A replay reads rows that a run has taken with the whole file. */
static size_t leave_out_replays(struct ledger_input *inputs, size_t count)
{
  size_t n_kept = 0;
  for (size_t i = 0; i < count; i++)
    if (!inputs[i].is_of_replay)
      inputs[n_kept++] = inputs[i];
  return n_kept;
}

bool leave_out_taken_files(struct arena *arena, struct warehouse *warehouse, struct plan *plan, struct error *err)
{
  struct ledger_input *inputs = NULL;
  struct taken taken = { .arena = arena };
  size_t before = plan->n_files;
  TRY(ledger_inputs(arena, warehouse, plan->dataset->id.value, &inputs, &taken.count, err));
  taken.count = leave_out_replays(inputs, taken.count);
  if (taken.count > 0)
    qsort(inputs, taken.count, sizeof(*inputs), compare_by_path);
  taken.inputs = inputs;
  TRY(digest_doubtful(&taken, plan, err));
  plan_keep_files(arena, plan, is_new, &taken);
  TRY(refuse_changed(&taken, err));
  if (plan->n_files < before)
    log_info("source", "%zu of %zu files were taken by earlier runs", before - plan->n_files, before);
  TRY(note_contents(arena, plan, err));
  warn_of_renamed(arena, plan, inputs, taken.count);
  return true;
}
