/* The columns of JSON files: the keys of all records, in order of first appearance. The files are read once for that,
 * by several threads, and each file's layout is found on the way. A malformed record contributes no keys. */
#include "reader/json_bounds.h"
#include "reader/json_expand.h"

#include <stdlib.h>

enum { COLUMNS_MAX = 10000 };

/* What all threads share. */
struct search {
  struct reader *reader;
  atomic_size_t next_file;
  atomic_bool has_failed;
  pthread_mutex_t lock; /* for `error` */
  struct error error;
};

/* A thread's part: the names that it has met, and of each file the numbers of its own. */
struct worker {
  struct search *search;
  pthread_t thread;
  struct arena arena;
  struct name_set names;
  size_t *last_file; /* [name]: the last file that has it, plus one */
  size_t last_file_capacity;
  struct json_scratch scratch;
  struct block block;
};

/* The keys of one file, and its marks. */
struct file_keys {
  const struct worker *worker;
  size_t *names;
  size_t count, capacity;
  struct reader_mark *marks;
  size_t n_marks, marks_capacity;
};

static void add_key(struct worker *worker, struct file_keys *keys, size_t file, struct text name)
{
  size_t number = name_set_add(&worker->arena, &worker->names, name);
  if (number == worker->last_file_capacity) {
    size_t capacity = number == 0 ? 64 : size_multiply(number, 2);
    worker->last_file = checked_realloc(worker->last_file, size_multiply(capacity, sizeof(*worker->last_file)));
    memset(worker->last_file + number, 0, (capacity - number) * sizeof(*worker->last_file));
    worker->last_file_capacity = capacity;
  }
  if (worker->last_file[number] == file + 1)
    return;
  worker->last_file[number] = file + 1;
  if (keys->count == keys->capacity) {
    keys->capacity = keys->capacity == 0 ? 32 : size_multiply(keys->capacity, 2);
    keys->names = checked_realloc(keys->names, size_multiply(keys->capacity, sizeof(*keys->names)));
  }
  keys->names[keys->count++] = number;
}

static bool is_known(const struct worker *worker, size_t file, size_t i, struct text name)
{
  struct json_scratch *scratch = (struct json_scratch *)&worker->scratch;
  size_t number = i < scratch->n_guesses ? scratch->guesses[i] : NO_NAME;
  if (number == NO_NAME || !text_equal(worker->names.names[number], name)) {
    number = name_set_find(&worker->names, name);
    json_guess(scratch, i, number);
  }
  return number != NO_NAME && worker->last_file[number] == file + 1;
}

static size_t skip_blanks(const char *data, size_t at, size_t length)
{
  while (at < length && (data[at] == ' ' || data[at] == '\t' || data[at] == '\n' || data[at] == '\r'))
    at++;
  return at;
}

/* Behind a string whose opening quote is at `at`. */
static size_t skip_string(const char *data, size_t at, size_t length)
{
  for (at++; at < length && data[at] != '"'; at++)
    at += data[at] == '\\' ? 1 : 0;
  return at < length ? at + 1 : length;
}

/* Behind a value, as fast as can be; nothing is checked. */
static size_t skip_value(const char *data, size_t at, size_t length)
{
  if (at == length)
    return at;
  if (data[at] == '"')
    return skip_string(data, at, length);
  if (data[at] == '{' || data[at] == '[') {
    size_t close = 0;
    bool is_lenient = false;
    return json_find_close(data, at, length, &close, &is_lenient) == JSON_CLOSED ? close + 1 : length;
  }
  while (at < length && data[at] != ',' && data[at] != '}')
    at++;
  return at;
}

/* Whether a record has only keys that the file is known to have. It is looked at no closer than that: a malformed one
 * may get any answer, since json_read_record has the last word where this says no. One that is not strict JSON gets no,
 * but for what stands within its values: there a name without quotes changes nothing. */
static bool has_known_keys(const struct worker *worker, size_t file, const char *data, size_t length)
{
  size_t at = 0;
  bool is_strict = worker->search->reader->json_flags == JSON_STRICT, is_lenient = false;
  if (!is_strict && (json_find_close(data, 0, length, &at, &is_lenient) != JSON_CLOSED || is_lenient))
    return false;
  at = 1;
  for (size_t i = 0;; i++) {
    at = skip_blanks(data, at, length);
    if (at == length || data[at] != '"')
      return is_strict || at == length || data[at] == '}'; /* the end, or no strict JSON */
    size_t start = at + 1;
    at = skip_string(data, at, length);
    struct text name = { data + start, at - start - 1 };
    if (at == length || memchr(name.data, '\\', name.length) != NULL || !is_known(worker, file, i, name))
      return false;
    at = skip_blanks(data, at, length);
    at = skip_blanks(data, at + 1, length); /* the colon */
    at = skip_blanks(data, skip_value(data, at, length), length);
    if (at >= length || data[at] != ',')
      return true;
    at++;
  }
}

static void read_record(struct worker *worker, struct file_keys *keys, size_t file, struct text bytes)
{
  struct json_scratch *scratch = &worker->scratch;
  unsigned flags = worker->search->reader->json_flags;
  if (bytes.length == 0 || bytes.data[0] != '{')
    return;
  if (has_known_keys(worker, file, bytes.data, bytes.length))
    return;
  if (!text_is_utf8(bytes) || json_read_record(scratch, flags, bytes.data, bytes.length) != READER_OK)
    return;
  for (size_t i = 0; i < scratch->n_members; i++)
    add_key(worker, keys, file, json_member_name(scratch, &scratch->members[i]));
}

/* Reads the start of a file by itself. */
static bool find_layout(struct worker *worker, struct reader_file *file, struct error *err)
{
  struct reader *reader = worker->search->reader;
  SCOPED(input_close) struct input *input = NULL;
  SCOPED(block_done) struct block block = { 0 };
  TRY(input_open(file->path, &reader->options.remote, reader->encoding, NULL, &input, err));
  file->identity = input_identity(input);
  block_make_room(&block, BLOCK_SIZE, BLOCK_SIZE);
  TRY(input_read(input, block.data, BLOCK_SIZE, &block.length, err));
  file->layout = json_find_layout(reader, file, &block, block.length + ENCODING_LARGEST <= BLOCK_SIZE);
  return true;
}

/* Notes where the next block begins, if that is far enough from the last mark, and the first byte of a line. */
static void add_mark(const struct reader *reader, const struct reader_file *file, const struct block *block,
                     struct file_keys *keys)
{
  uint64_t distance = reader->options.mark_distance;
  uint64_t last = keys->n_marks == 0 ? 0 : keys->marks[keys->n_marks - 1].offset;
  bool is_plain = file->encoding == ENCODING_UTF8 && !input_is_compressed(file->input);
  if (distance == 0 || !is_plain || file->layout != LAYOUT_LINES || file->offset < last + distance ||
      block->length == 0 || block->data[block->length - 1] != '\n')
    return;
  if (keys->n_marks == keys->marks_capacity) {
    keys->marks_capacity = keys->marks_capacity == 0 ? 16 : size_multiply(keys->marks_capacity, 2);
    keys->marks = checked_realloc(keys->marks, size_multiply(keys->marks_capacity, sizeof(*keys->marks)));
  }
  keys->marks[keys->n_marks++] = (struct reader_mark){ file->offset, file->line };
}

/* Reads all records of a file; stops early where its layout turns out to be another. */
static bool read_records(struct worker *worker, struct reader_file *file, struct file_keys *keys, struct error *err)
{
  struct reader *reader = worker->search->reader;
  struct block *block = &worker->block;
  size_t number = (size_t)(file - reader->files);
  enum reader_layout layout = file->layout;
  TRY(source_start(reader, file, err));
  for (bool more = true; more && file->layout == layout;) {
    TRY(source_take(reader, file, block, &more, err));
    file->has_records = file->has_records || block->n_records > 0;
    for (size_t i = 0; i < block->n_records; i++) {
      struct record record = block->records[i];
      bool is_read = record.reason == READER_OK; /* of fields that were kept the columns are known */
      if (is_read && (!reader->options.kept || kept_frame_at(block, record.start).form == KEPT_BYTES))
        read_record(worker, keys, number, (struct text){ block->data + record.start, record.end - record.start });
    }
    if (more)
      add_mark(reader, file, block, keys);
    if (keys->count > COLUMNS_MAX)
      return fail(err, ERROR_DATA, NOWHERE, "the records of \"%s\" have more than %d different keys", file->path,
                  COLUMNS_MAX);
  }
  return true;
}

static bool read_file(struct worker *worker, struct reader_file *file, struct file_keys *keys, struct error *err)
{
  keys->worker = worker;
  file->block_size = worker->search->reader->block_size;
  if (worker->search->reader->options.kept) { /* where records end is known; whichever layout says as much */
    file->layout = LAYOUT_LINES;
    TRY(read_records(worker, file, keys, err));
    source_stop(file);
    return true;
  }
  TRY(find_layout(worker, file, err));
  file->looks_for_layout = file->layout == LAYOUT_LINES;
  TRY(read_records(worker, file, keys, err));
  source_stop(file);
  if (file->layout != LAYOUT_TEXTS)
    return true;
  file->looks_for_layout = false;
  keys->count = keys->n_marks = 0;
  if (worker->last_file != NULL)
    memset(worker->last_file, 0, worker->last_file_capacity * sizeof(*worker->last_file));
  TRY(read_records(worker, file, keys, err));
  source_stop(file);
  return true;
}

struct job {
  struct worker *worker;
  struct file_keys *keys; /* [file] */
};

static void *run_worker(void *pointer)
{
  struct job *job = pointer;
  struct search *search = job->worker->search;
  for (;;) {
    size_t file = atomic_fetch_add(&search->next_file, 1);
    if (file >= search->reader->n_files || atomic_load(&search->has_failed))
      return NULL;
    struct error error = { 0 };
    if (read_file(job->worker, &search->reader->files[file], &job->keys[file], &error))
      continue;
    pthread_mutex_lock(&search->lock);
    if (!atomic_exchange(&search->has_failed, true))
      search->error = error;
    pthread_mutex_unlock(&search->lock);
  }
}

static bool unite_keys(struct reader *reader, const struct file_keys *keys, struct error *err)
{
  for (size_t i = 0; reader->options.kept && i < reader->options.n_columns; i++)
    name_set_add(&reader->arena, &reader->columns, text_from(reader->options.columns[i]));
  for (size_t i = 0; i < reader->n_files; i++)
    for (size_t k = 0; k < keys[i].count; k++) {
      struct text name = keys[i].worker->names.names[keys[i].names[k]];
      name_set_add(&reader->arena, &reader->columns, name);
      if (reader->columns.count > COLUMNS_MAX)
        return fail(err, ERROR_DATA, NOWHERE, "the records have more than %d different keys", COLUMNS_MAX);
    }
  for (size_t i = 0; i < reader->n_files; i++) {
    struct reader_file *file = &reader->files[i];
    file->n_fields = keys[i].count;
    file->columns = arena_array(&reader->arena, keys[i].count + 1, sizeof(*file->columns));
    for (size_t k = 0; k < keys[i].count; k++)
      file->columns[k] = name_set_find(&reader->columns, keys[i].worker->names.names[keys[i].names[k]]);
    file->n_marks = keys[i].n_marks;
    file->marks = arena_array(&reader->arena, keys[i].n_marks + 1, sizeof(*file->marks));
    if (keys[i].n_marks > 0)
      memcpy(file->marks, keys[i].marks, keys[i].n_marks * sizeof(*file->marks));
  }
  return true;
}

/* What lies around the records is the last column. */
static bool add_document(struct reader *reader, struct worker *workers, size_t n_workers, struct error *err)
{
  if (!reader->options.document)
    return true;
  if (name_set_find(&reader->columns, TEXT(READER_DOCUMENT)) != NO_NAME) {
    fail(err, ERROR_CONFIG, NOWHERE, "the records have a key \"%s\", which is the name of what lies around them",
         READER_DOCUMENT);
    return add_hint(err, "Read these files without options.records, or without an expression of that name.");
  }
  for (size_t i = 1; i < n_workers; i++)
    json_beside_unite(workers[0].block.beside, workers[i].block.beside);
  reader->document_type = json_beside_type(&reader->arena, workers[0].block.beside);
  reader->document_column = name_set_add(&reader->arena, &reader->columns, TEXT(READER_DOCUMENT));
  return true;
}

static void worker_done(struct worker *worker)
{
  arena_done(&worker->arena);
  free(worker->last_file);
  json_scratch_done(&worker->scratch);
  block_done(&worker->block);
}

/* Threads that cannot be started are not needed: the caller's own works too. */
static void run_workers(struct job *jobs, size_t count)
{
  size_t n_started = 0;
  while (n_started + 1 < count &&
         pthread_create(&jobs[n_started].worker->thread, NULL, run_worker, &jobs[n_started]) == 0)
    n_started++;
  run_worker(&jobs[n_started]);
  for (size_t i = 0; i < n_started; i++)
    pthread_join(jobs[i].worker->thread, NULL);
}

bool json_read_keys(struct reader *reader, size_t n_threads, struct error *err)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct search search = { .reader = reader, .lock = PTHREAD_MUTEX_INITIALIZER };
  size_t n_workers = n_threads < reader->n_files ? n_threads : reader->n_files;
  n_workers = n_workers == 0 ? 1 : n_workers;
  struct worker *workers = arena_array(&arena, n_workers, sizeof(*workers));
  struct job *jobs = arena_array(&arena, n_workers, sizeof(*jobs));
  struct file_keys *keys = arena_array(&arena, reader->n_files, sizeof(*keys));
  for (size_t i = 0; i < n_workers; i++) {
    workers[i].search = &search;
    if (reader->options.document)
      workers[i].block.beside = json_beside_new(&workers[i].arena);
    jobs[i] = (struct job){ &workers[i], keys };
  }
  run_workers(jobs, n_workers);
  bool is_read = !atomic_load(&search.has_failed);
  if (!is_read)
    *err = search.error;
  is_read = is_read && unite_keys(reader, keys, err) && add_document(reader, workers, n_workers, err);
  for (size_t i = 0; i < n_workers; i++)
    worker_done(&workers[i]);
  for (size_t i = 0; i < reader->n_files; i++) {
    free(keys[i].names);
    free(keys[i].marks);
  }
  return is_read;
}
