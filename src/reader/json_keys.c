/* The columns of JSON files: the keys of all records, in order of first appearance. The files are read once for that,
 * by several threads, and each file's layout is found on the way. A malformed record contributes no keys. */
#include "reader/json_expand.h"
#include "reader/json_tokens.h"

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

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The i-th name of a record as the number that it had in the record before, most often. */
static size_t guess(const struct worker *worker, size_t i)
{
  return i < worker->scratch.n_guesses ? worker->scratch.guesses[i] : NO_NAME;
}

/* An own name of a record, by its tokens: what stands before a colon. */
struct name_place {
  const char *first; /* the record's bracket */
  const char *end;   /* the closing quote */
  bool may_have_escapes;
};

/* Whether a name begins behind the quote at `quote` and holds no escape. A quote behind a backslash is none. */
static bool is_plain_name(struct name_place place, const char *quote)
{
  return quote > place.first && *quote == '"' && quote[-1] != '\\' &&
         (!place.may_have_escapes || memchr(quote, '\\', (size_t)(place.end - quote)) == NULL);
}

static bool is_known(struct worker *worker, size_t file, size_t i, struct name_place place)
{
  size_t number = guess(worker, i), room = (size_t)(place.end - place.first);
  if (number != NO_NAME) {
    struct text name = worker->names.names[number];
    bool is_guessed = room > name.length + 1 && is_plain_name(place, place.end - name.length - 1) &&
                      memcmp(place.end - name.length, name.data, name.length) == 0;
    if (is_guessed)
      return worker->last_file[number] == file + 1;
  }
  const char *quote = memrchr(place.first, '"', room);
  if (quote == NULL || !is_plain_name(place, quote))
    return false;
  number = name_set_find(&worker->names, (struct text){ quote + 1, (size_t)(place.end - quote - 1) });
  json_guess(&worker->scratch, i, number);
  return number != NO_NAME && worker->last_file[number] == file + 1;
}

/* Whether an object has only keys that the file is known to have, as far as its brackets, strings and colons tell. It
 * is looked at no closer than that: a malformed one may get any answer, since json_read_record has the last word where
 * this says no. One that is not strict JSON gets no, but for what stands within its values: there a name without quotes
 * changes nothing. */
static bool has_known_keys(struct worker *worker, size_t file, const struct json_tokens *record)
{
  struct name_place place = { .first = record->data + record->at[0],
                              .may_have_escapes = (record->oddities & JSON_HAS_BACKSLASH) != 0 };
  size_t depth = 0, n_names = 0;
  for (size_t i = 0; i < record->count; i++) {
    const char *token = record->data + record->at[i];
    depth += *token == '{' || *token == '[' ? 1 : 0;
    depth -= *token == '}' || *token == ']' ? 1 : 0;
    if (*token != ':' || depth != 1)
      continue;
    place.end = token - 1;
    while (is_blank(*place.end))
      place.end--;
    if (*place.end != '"' || !is_known(worker, file, n_names++, place))
      return false;
  }
  return true;
}

static void read_record(struct worker *worker, struct file_keys *keys, size_t file, const struct record *record)
{
  struct json_scratch *scratch = &worker->scratch;
  const struct block *block = &worker->block;
  struct text bytes = { block->data + record->start, record->end - record->start };
  unsigned flags = worker->search->reader->json_flags;
  if (bytes.length == 0 || bytes.data[0] != '{')
    return;
  struct json_tokens names = json_tokens_of(block, record, &scratch->places);
  if (names.count > 0 && has_known_keys(worker, file, &names))
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
        read_record(worker, keys, number, &block->records[i]);
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
    workers[i].block.wanted_tokens = JSON_INDEX_NAMES;
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
