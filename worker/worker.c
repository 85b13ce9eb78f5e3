#include "worker/worker.h"

#include "worker/protocol.h"
#include "worker/stage.h"
#include "worker/zones.h"

#include <stdlib.h>

/* What the host says of its file. */
struct file {
  uint32_t number;
  enum reader_layout layout;
  uint64_t first_line;
  const char *path;
};

static bool read_layout(struct text word, enum reader_layout *ret_layout)
{
  static const char *const words[] = {
    [LAYOUT_UNKNOWN] = "-", [LAYOUT_LINES] = "lines", [LAYOUT_TEXTS] = "texts", [LAYOUT_ARRAY] = "array"
  };
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    if (text_equal(word, text_from(words[i]))) {
      *ret_layout = (enum reader_layout)i;
      return true;
    }
  return false;
}

/* Up to the next space. */
static struct text next_word(const char **at)
{
  const char *start = *at;
  size_t length = strcspn(start, " ");
  *at = start + length + (start[length] == ' ');
  return (struct text){ start, length };
}

static uint64_t next_number(const char **at)
{
  return strtoull(next_word(at).data, NULL, 10);
}

static bool read_file(struct host *host, struct arena *arena, struct file *ret_file, struct error *err)
{
  struct text text;
  TRY(host_read_text(host, arena, &text, err));
  const char *at = text.data;
  ret_file->number = (uint32_t)next_number(&at);
  bool has_layout = read_layout(next_word(&at), &ret_file->layout);
  host->start = next_number(&at);
  host->end = next_number(&at);
  ret_file->first_line = next_number(&at);
  if (!has_layout || host->start > host->end || *at == '\0')
    return fail(err, ERROR_DEFECT, NOWHERE, "the host described its file as \"%s\"", text.data);
  ret_file->path = at;
  return true;
}

static bool send_end(struct host *host, const struct reader *reader, const struct stage *stage, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer message = { 0 };
  add_u64(&message, reader_records(reader, 0));
  for (size_t reason = READER_OK + 1; reason < N_READER_REASONS; reason++)
    add_u64(&message, stage_malformed(stage)[reason]);
  return host_send(host, MESSAGE_END, text_buffer_text(&message), err);
}

static bool send_batches(struct host *host, struct reader *reader, struct stage *stage, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer message = { 0 };
  SCOPED(reader_cursor_close) struct reader_cursor *cursor = NULL;
  bool *wanted = arena_array(&scratch, reader_column_count(reader) + 1, sizeof(*wanted));
  memset(wanted, true, reader_column_count(reader));
  TRY(reader_cursor_open(reader, wanted, &cursor, err));
  for (;;) {
    const struct reader_batch *batch = NULL;
    TRY(reader_cursor_next(cursor, &batch, err));
    if (batch->count == 0)
      return true;
    for (size_t from = 0, count = 0; from < batch->count; from += count) {
      text_buffer_clear(&message);
      TRY(stage_add_rows(stage, batch, from, &count, &message, err) &&
          host_send(host, MESSAGE_BATCH, text_buffer_text(&message), err));
    }
  }
}

/* Behind the first part of a file of CSV there is no header: its columns are the job's, one after another. */
static void take_part(struct job *job)
{
  if (job->reader.format != READER_CSV || job->reader.first_offset == 0)
    return;
  job->reader.header = false;
  job->reader.names = job->fields;
  job->reader.n_names = job->n_fields;
}

static bool work(struct host *host, struct arena *arena, struct error *err)
{
  struct text text;
  struct job job;
  struct file file;
  SCOPED(reader_close) struct reader *reader = NULL;
  SCOPED(stage_free) struct stage *stage = NULL;
  TRY(host_read_text(host, arena, &text, err) && read_file(host, arena, &file, err));
  TRY(job_read(arena, text, &job, err));
  job.reader.layout = file.layout;
  job.reader.first_offset = host->start;
  job.reader.first_line = file.first_line;
  job.reader.remote = host_remote(host);
  take_part(&job);
  TRY(reader_open(&file.path, 1, &job.reader, 1, &reader, err));
  TRY(stage_new(&job, reader, file.number, &stage, err) || add_context(err, "in file \"%s\"", file.path));
  TRY(send_batches(host, reader, stage, err));
  return send_end(host, reader, stage, err);
}

static void send_error(struct host *host, const struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer message = { 0 };
  struct error ignored;
  text_buffer_printf(&message, "%s: %s%s%s", error_kind_name(err->kind), err->message,
                     err->context[0] == '\0' ? "" : " ", err->context);
  if (err->hint[0] != '\0')
    text_buffer_printf(&message, "\nhint: %s", err->hint);
  if (!host_send(host, MESSAGE_ERROR, text_buffer_text(&message), &ignored))
    return;
}

int worker_run(int input, int output)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct host host = { .input = input, .output = output };
  struct error err = { 0 };
  bool is_done = work(&host, &arena, &err);
  if (!is_done && err.kind != ERROR_TERMINATED)
    send_error(&host, &err);
  zones_forget();
  return is_done ? 0 : error_exit_code(err.kind);
}
