/* Files in parallel, each from a random sequence of its own, so that the bytes do not depend on who makes it. */
#include "generate/generate_internal.h"

#include "base/file.h"
#include "base/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct generate_kind *const kinds[] = { &generate_payments, &generate_events };

enum { MAX_FILES = 100000, MAX_THREADS = 8, BUFFER_SIZE = 1 << 20, PATH_SIZE = 4096 };

/* -- batches ----------------------------------------------------------------------------------------------------------
 */

int batch_choose_error(struct batch *batch, size_t n_kinds)
{
  if (random_real(&batch->random) >= batch->options->error_rate)
    return NO_ERROR;
  int error = (int)random_between(&batch->random, 0, (int64_t)n_kinds - 1);
  batch->errors[error]++;
  return error;
}

bool batch_choose_repeated(struct batch *batch, size_t *ret_index)
{
  if (batch->options->duplicate_rate <= 0 || random_real(&batch->random) >= batch->options->duplicate_rate ||
      batch->n_recent == 0)
    return false;
  *ret_index = (size_t)random_below(&batch->random, batch->n_recent < RECENT ? batch->n_recent : RECENT);
  batch->duplicates++;
  return true;
}

size_t batch_add_recent(struct batch *batch)
{
  return (size_t)(batch->n_recent++ % RECENT);
}

/* -- one file ---------------------------------------------------------------------------------------------------------
 */

struct file {
  char path[PATH_SIZE], temporary[PATH_SIZE + 32];
  int descriptor;
  char *buffer;
  size_t length;
  uint64_t bytes;
};

static bool fail_file(struct error *err, const char *verb, const char *path)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not %s file \"%s\": %s", verb, path, strerror(errno));
}

static bool flush(struct file *file, struct error *err)
{
  for (size_t at = 0; at < file->length;) {
    ssize_t written = write(file->descriptor, file->buffer + at, file->length - at);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fail_file(err, "write", file->path);
    at += (size_t)written;
  }
  file->bytes += file->length;
  file->length = 0;
  return true;
}

static bool write_rows(const struct generate_kind *kind, struct batch *batch, uint64_t n_rows, struct file *file,
                       struct error *err)
{
  if (kind->header != NULL) {
    file->length = strlen(kind->header);
    memcpy(file->buffer, kind->header, file->length);
  }
  for (uint64_t i = 0; i < n_rows; i++) {
    struct output output = { file->buffer + file->length };
    batch->row = batch->first_row + i;
    kind->write_row(batch, &output);
    file->length = (size_t)(output.at - file->buffer);
    if (file->length > BUFFER_SIZE)
      TRY(flush(file, err));
  }
  return flush(file, err);
}

static void set_path(struct file *file, const struct generate_kind *kind, const char *directory, unsigned index)
{
  snprintf(file->path, sizeof(file->path), "%s/%s%03u%s", directory, kind->file_prefix, index + 1, kind->file_suffix);
  SCOPED(arena_done) struct arena scratch = { 0 };
  snprintf(file->temporary, sizeof(file->temporary), "%s.%s.tmp", file->path, name_unique(&scratch, ""));
}

static bool open_write_rename(const struct generate_kind *kind, struct batch *batch, uint64_t n_rows, struct file *file,
                              struct error *err)
{
  file->descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file->descriptor < 0)
    return fail_file(err, "create", file->path);
  bool is_written = write_rows(kind, batch, n_rows, file, err);
  if (close(file->descriptor) != 0 && is_written)
    is_written = fail_file(err, "write", file->path);
  if (is_written && rename(file->temporary, file->path) != 0)
    is_written = fail_file(err, "create", file->path);
  if (!is_written)
    unlink(file->temporary);
  return is_written;
}

/* -- all files --------------------------------------------------------------------------------------------------------
 */

struct job {
  const struct generate_kind *kind;
  const struct generate_options *options;
  atomic_uint next; /* the next file to make */
  atomic_bool has_failed;
  pthread_mutex_t lock; /* of what follows */
  struct generate_report report;
  struct error error;
};

static void count_file(struct job *job, const struct batch *batch, uint64_t n_rows, const struct file *file)
{
  pthread_mutex_lock(&job->lock);
  job->report.rows += n_rows;
  job->report.bytes += file->bytes;
  job->report.duplicates += batch->duplicates;
  for (size_t i = 0; i < job->kind->n_errors; i++)
    job->report.errors[i].count += batch->errors[i];
  pthread_mutex_unlock(&job->lock);
}

static void keep_error(struct job *job, const struct error *err)
{
  pthread_mutex_lock(&job->lock);
  if (!atomic_exchange(&job->has_failed, true))
    job->error = *err;
  pthread_mutex_unlock(&job->lock);
}

/* The number of the first row of a file; files differ by one row at most. */
static uint64_t first_row(const struct generate_options *options, unsigned index)
{
  uint64_t each = options->rows / options->files, rest = options->rows % options->files;
  return each * index + (index < rest ? index : rest);
}

static bool make_file(struct job *job, unsigned index, struct file *file, struct batch *batch, struct error *err)
{
  const struct generate_options *options = job->options;
  uint64_t first = first_row(options, index), n_rows = first_row(options, index + 1) - first;
  *batch = (struct batch){ .options = options, .first_row = first, .recent = batch->recent };
  random_seed(&batch->random, options->seed, index);
  file->length = 0;
  file->bytes = 0;
  set_path(file, job->kind, options->directory, index);
  TRY(open_write_rename(job->kind, batch, n_rows, file, err));
  count_file(job, batch, n_rows, file);
  return true;
}

static void *work(void *argument)
{
  struct job *job = argument;
  struct file *file = checked_malloc(sizeof(*file));
  struct batch batch = { .recent = checked_malloc(RECENT * job->kind->recent_size) };
  file->buffer = checked_malloc(BUFFER_SIZE + 2 * ROW_SIZE);
  struct error err;
  for (;;) {
    unsigned index = atomic_fetch_add(&job->next, 1);
    if (index >= job->options->files || atomic_load(&job->has_failed))
      break;
    if (!make_file(job, index, file, &batch, &err))
      keep_error(job, &err);
  }
  free(file->buffer);
  free(batch.recent);
  free(file);
  return NULL;
}

static void run_threads(struct job *job)
{
  pthread_t threads[MAX_THREADS];
  unsigned n_threads = job->options->threads < job->options->files ? job->options->threads : job->options->files;
  unsigned n_started = 0;
  while (n_started + 1 < n_threads && pthread_create(&threads[n_started], NULL, work, job) == 0)
    n_started++;
  work(job); /* this thread is one of them, or the only one */
  for (unsigned i = 0; i < n_started; i++)
    pthread_join(threads[i], NULL);
}

/* -- options ----------------------------------------------------------------------------------------------------------
 */

static bool find_kind(const char *name, const struct generate_kind **ret_kind, struct error *err)
{
  const char *names[ARRAY_LENGTH(kinds)];
  for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
    names[i] = kinds[i]->name;
    if (strcmp(name, names[i]) == 0) {
      *ret_kind = kinds[i];
      return true;
    }
  }
  const char *nearest = text_nearest(text_from(name), names, ARRAY_LENGTH(names));
  fail(err, ERROR_CONFIG, NOWHERE, "unknown kind of data \"%s\", expected payments or events", name);
  if (nearest != NULL)
    add_hint(err, "The nearest is \"%s\".", nearest);
  return false;
}

static bool check_rate(const char *name, double rate, struct error *err)
{
  return (rate >= 0 && rate <= 1) ||
         fail(err, ERROR_CONFIG, NOWHERE, "the rate of %s must be between 0 and 1, found %g", name, rate);
}

/* Years are written with four digits, two years before now and one after. */
static bool check_now(int64_t now_us, struct error *err)
{
  const int64_t first = INT64_C(-62000000000000000), last = INT64_C(253300000000000000); /* years 5 and 9996 */
  return (now_us >= first && now_us <= last) ||
         fail(err, ERROR_CONFIG, NOWHERE, "the instant of the data must be in the years 6 to 9995");
}

static bool fill_options(const struct generate_kind *kind, struct generate_options *options, struct error *err)
{
  if (options->rows == 0)
    options->rows = kind->rows;
  if (options->files == 0) {
    uint64_t files = options->rows / kind->rows_per_file + (options->rows % kind->rows_per_file > 0 ? 1 : 0);
    options->files = files > MAX_FILES ? MAX_FILES : (unsigned)files;
  }
  if (options->files > MAX_FILES || options->files > options->rows)
    return fail(err, ERROR_CONFIG, NOWHERE,
                "cannot make %u files of %llu rows, expected at most %d files and a row each", options->files,
                (unsigned long long)options->rows, MAX_FILES);
  if (options->error_rate < 0)
    options->error_rate = kind->error_rate;
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (options->threads == 0)
    options->threads = processors < 1 ? 1 : processors > MAX_THREADS ? MAX_THREADS : (unsigned)processors;
  options->threads = options->threads > MAX_THREADS ? MAX_THREADS : options->threads;
  TRY(check_rate("errors", options->error_rate, err));
  TRY(check_rate("duplicates", options->duplicate_rate, err));
  return check_now(options->now_us, err);
}

static bool check_directory(const struct generate_kind *kind, const struct generate_options *options, struct error *err)
{
  if (strlen(options->directory) + 64 > PATH_SIZE)
    return fail(err, ERROR_CONFIG, NOWHERE, "the path of the directory is too long");
  TRY(directory_create(options->directory, err));
  struct file *next = checked_malloc(sizeof(*next));
  set_path(next, kind, options->directory, options->files);
  bool is_fine = !file_exists(next->path);
  if (!is_fine) {
    fail(err, ERROR_CONFIG, NOWHERE, "the directory holds \"%s\" already, and only %u files would be written",
         next->path, options->files);
    add_hint(err, "It would be read with the new files; remove it or choose another directory.");
  }
  free(next);
  return is_fine;
}

static void start_report(struct job *job)
{
  job->report.files = job->options->files;
  job->report.error_rate = job->options->error_rate;
  job->report.duplicate_rate = job->options->duplicate_rate;
  job->report.n_errors = job->kind->n_errors;
  for (size_t i = 0; i < job->kind->n_errors; i++)
    job->report.errors[i].name = job->kind->errors[i];
}

bool generate_run(const struct generate_options *options, struct generate_report *ret_report, struct error *err)
{
  const struct generate_kind *kind = NULL;
  struct generate_options filled = *options;
  TRY(find_kind(options->kind, &kind, err));
  TRY(fill_options(kind, &filled, err));
  TRY(check_directory(kind, &filled, err));
  struct job job = { .kind = kind, .options = &filled, .lock = PTHREAD_MUTEX_INITIALIZER };
  start_report(&job);
  run_threads(&job);
  if (atomic_load(&job.has_failed)) {
    *err = job.error;
    return false;
  }
  *ret_report = job.report;
  return true;
}
