/* crisol show: rows of silver, of the quarantine, of gold or of the source, on a terminal or in a file. */
#include "pipeline/show.h"

#include "base/file.h"
#include "base/log.h"
#include "cli/grid.h"
#include "cli/load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the rows go: to stdout, or to a file, which is written under another name until it is whole. */
struct output {
  const char *path;  /* NULL: stdout */
  const char *draft; /* NULL: the file is written itself, such as /dev/stdout */
  int descriptor;
  bool is_data; /* for programs: what is no terminal gets the bytes as they are */
  struct text_buffer buffer;
};

static bool is_regular(const char *path)
{
  struct stat status;
  return stat(path, &status) != 0 || S_ISREG(status.st_mode);
}

static bool check_output(struct arena *arena, const char *path, enum show_form form, struct error *err)
{
  if (path == NULL)
    return form != SHOW_PARQUET || fail(err, ERROR_CONFIG, NOWHERE, "Parquet is no text for a terminal: name a file") ||
           add_hint(err, "Such as -o rows.parquet.");
  if (path[0] == '\0')
    return fail(err, ERROR_CONFIG, NOWHERE, "--output names no file");
  if (path_is_remote(path) || strncmp(path, "s3a://", 6) == 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "--output writes local files, not \"%s\"", path);
  if (path_is_directory(path))
    return fail(err, ERROR_CONFIG, NOWHERE, "--output is \"%s\", a directory: a file was expected", path);
  const char *directory = path_directory(arena, path);
  if (!path_is_directory(directory))
    return fail(err, ERROR_CONFIG, NOWHERE, "there is no directory \"%s\" for --output", directory);
  if (form == SHOW_PARQUET && !is_regular(path))
    return fail(err, ERROR_CONFIG, NOWHERE, "\"%s\" is no regular file, as Parquet wants one", path);
  return true;
}

static bool fail_write(const struct output *output, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"%s\": %s", output->path, strerror(errno));
}

static bool open_output(struct arena *arena, struct output *output, enum show_form form, struct error *err)
{
  if (output->path == NULL)
    return true;
  output->path = path_absolute(arena, output->path);
  if (is_regular(output->path)) {
    const char *name = strrchr(output->path, '/') + 1;
    output->draft =
        path_join(arena, path_directory(arena, output->path),
                  arena_printf(arena, ".%.*s.%ld", TEXT_ARGS(text_cut(text_from(name), 200)), (long)getpid()));
  }
  if (form == SHOW_PARQUET)
    return true;
  output->descriptor = output->draft == NULL ? open(output->path, O_WRONLY | O_CLOEXEC)
                                             : open(output->draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  return output->descriptor >= 0 || fail_write(output, err);
}

static bool write_file(struct output *output, struct error *err)
{
  struct text rest = text_buffer_text(&output->buffer);
  while (rest.length > 0) {
    ssize_t written = write(output->descriptor, rest.data, rest.length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fail_write(output, err);
    rest.data += written;
    rest.length -= (size_t)written;
  }
  return true;
}

static bool flush_output(struct output *output, struct error *err)
{
  bool is_done = true;
  if (output->path != NULL)
    is_done = write_file(output, err);
  else if (output->is_data)
    print_data(text_buffer_text(&output->buffer));
  else
    print_out(text_buffer_text(&output->buffer));
  text_buffer_clear(&output->buffer);
  return is_done;
}

static bool flush_when_full(struct output *output, struct error *err)
{
  enum { FULL = 1 << 16 };
  return output->buffer.length < FULL || flush_output(output, err);
}

/* The file gets its name, or, where the rows are not whole, nothing is left of it. */
static bool close_output(struct output *output, bool is_done, struct error *err)
{
  if (is_done)
    is_done = flush_output(output, err);
  if (output->descriptor > 0 && close(output->descriptor) != 0 && is_done)
    is_done = fail_write(output, err);
  if (is_done && output->draft != NULL)
    is_done = file_sync(output->draft, err) && path_rename(output->draft, output->path, err);
  if (!is_done && output->draft != NULL)
    unlink(output->draft);
  text_buffer_done(&output->buffer);
  return is_done;
}

/* the forms */

struct printer {
  struct arena *arena;
  struct output output;
  enum show_form form;
  const struct show_column *columns;
  size_t n_columns;
  struct grid *grid;
};

/* As RFC 4180: quoted where it must be, and where it is empty, since a null is nothing at all. */
static void add_field(struct text_buffer *out, struct text field)
{
  bool is_quoted = field.data != NULL && field.length == 0;
  for (size_t i = 0; i < field.length && !is_quoted; i++)
    is_quoted = strchr(",\"\r\n", field.data[i]) != NULL && field.data[i] != '\0';
  if (!is_quoted) {
    text_buffer_add_text(out, field);
    return;
  }
  text_buffer_add_char(out, '"');
  for (size_t i = 0; i < field.length; i++) {
    if (field.data[i] == '"')
      text_buffer_add_char(out, '"');
    text_buffer_add_char(out, field.data[i]);
  }
  text_buffer_add_char(out, '"');
}

static void add_csv_row(struct printer *printer, const struct text *cells)
{
  for (size_t i = 0; i < printer->n_columns; i++) {
    if (i > 0)
      text_buffer_add_char(&printer->output.buffer, ',');
    add_field(&printer->output.buffer, cells[i]);
  }
  text_buffer_add_char(&printer->output.buffer, '\n');
}

static void add_json_value(const struct show_column *column, struct text cell, struct text_buffer *out)
{
  if (cell.data == NULL)
    text_buffer_add_string(out, "null");
  else if (!show_is_bare(column, cell) || !json_compact(cell, JSON_STRICT, out))
    json_add_string(out, cell);
}

static void add_json_row(struct printer *printer, const struct text *cells)
{
  struct text_buffer *out = &printer->output.buffer;
  for (size_t i = 0; i < printer->n_columns; i++) {
    text_buffer_add_char(out, i == 0 ? '{' : ',');
    json_add_string(out, text_from(printer->columns[i].name));
    text_buffer_add_char(out, ':');
    add_json_value(&printer->columns[i], cells[i], out);
  }
  text_buffer_add_string(out, "}\n");
}

/* Of a terminal its own; a pipe or a file takes lines of any length, unless COLUMNS says otherwise. */
static size_t width_of(const struct output *output)
{
  const char *columns = getenv("COLUMNS");
  if (output->path == NULL && isatty(STDOUT_FILENO))
    return terminal_width(STDOUT_FILENO);
  return output->path != NULL || columns == NULL ? 0 : strtoul(columns, NULL, 10);
}

static struct grid *new_grid(struct printer *printer)
{
  struct grid_column *columns = arena_array(printer->arena, printer->n_columns + 1, sizeof(*columns));
  for (size_t i = 0; i < printer->n_columns; i++)
    columns[i] = (struct grid_column){ .name = printer->columns[i].name,
                                       .is_number = type_is_numeric(printer->columns[i].type) };
  return grid_new(printer->arena, columns, printer->n_columns, width_of(&printer->output),
                  printer->output.path == NULL && wants_color(STDOUT_FILENO), &printer->output.buffer);
}

static bool begin_rows(const struct show_column *columns, size_t count, void *context, struct error *err)
{
  struct printer *printer = context;
  (void)err;
  printer->columns = columns;
  printer->n_columns = count;
  if (printer->form == SHOW_TABLE) {
    printer->grid = new_grid(printer);
  } else if (printer->form == SHOW_CSV) {
    struct text *names = arena_array(printer->arena, count + 1, sizeof(*names));
    for (size_t i = 0; i < count; i++)
      names[i] = text_from(columns[i].name);
    add_csv_row(printer, names);
  }
  return true;
}

static bool print_row(const struct text *cells, void *context, struct error *err)
{
  struct printer *printer = context;
  if (printer->form == SHOW_TABLE)
    grid_add(printer->grid, cells);
  else if (printer->form == SHOW_CSV)
    add_csv_row(printer, cells);
  else
    add_json_row(printer, cells);
  return flush_when_full(&printer->output, err);
}

/* what is asked for */

static const struct {
  const char *name;
  const char *ending;
  enum show_form form;
} forms[] = {
  { "table", ".txt", SHOW_TABLE }, { "csv", ".csv", SHOW_CSV },      { "json", ".json", SHOW_JSON },
  { "json", ".jsonl", SHOW_JSON }, { "json", ".ndjson", SHOW_JSON }, { "parquet", ".parquet", SHOW_PARQUET },
};

static enum show_form form_of(const struct cli *cli)
{
  for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
    bool is_named = cli->format != NULL && strcmp(cli->format, forms[i].name) == 0;
    bool is_meant = cli->format == NULL && cli->output != NULL &&
                    text_ends_with(text_from(cli->output), text_from(forms[i].ending));
    if (is_named || is_meant)
      return forms[i].form;
  }
  return SHOW_TABLE;
}

static bool read_limit(const struct cli *cli, uint64_t *ret_limit, struct error *err)
{
  enum { USUAL = 10 };
  char *end = NULL;
  *ret_limit = cli->output != NULL ? 0 : USUAL;
  if (cli->limit == NULL)
    return true;
  errno = 0;
  *ret_limit = strtoull(cli->limit, &end, 10);
  if (end == cli->limit || *end != '\0' || cli->limit[0] < '0' || cli->limit[0] > '9' || errno != 0 ||
      *ret_limit > INT64_MAX - 1)
    return fail(err, ERROR_CONFIG, NOWHERE, "--limit is \"%s\", a number of rows was expected", cli->limit) ||
           add_hint(err, "0 shows all.");
  return true;
}

static bool read_what(const struct cli *cli, enum show_what *ret_what, struct error *err)
{
  const struct {
    bool is_given;
    enum show_what what;
  } kinds[] = { { cli->source, SHOW_SOURCE },
                { cli->silver, SHOW_SILVER },
                { cli->quarantine, SHOW_QUARANTINE },
                { cli->gold, SHOW_GOLD } };
  size_t n_given = 0;
  *ret_what = SHOW_SILVER;
  for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
    if (kinds[i].is_given) {
      *ret_what = kinds[i].what;
      n_given++;
    }
  if (n_given > 1)
    return fail(err, ERROR_CONFIG, NOWHERE, "--source, --silver, --quarantine and --gold exclude each other");
  if (cli->rule != NULL && *ret_what != SHOW_QUARANTINE)
    return fail(err, ERROR_CONFIG, NOWHERE, "--rule chooses rows of the quarantine") ||
           add_hint(err, "Add --quarantine.");
  return true;
}

static bool read_options(struct cli *cli, struct show_options *ret_show, struct error *err)
{
  *ret_show = (struct show_options){
    .form = form_of(cli), .run = cli->run, .rule = cli->rule, .where = cli->where, .columns = cli->columns
  };
  TRY(read_what(cli, &ret_show->what, err));
  TRY(read_limit(cli, &ret_show->limit, err));
  return check_output(cli->arena, cli->output, ret_show->form, err);
}

static void tell(const struct output *output, const struct show_result *result)
{
  if (result->n_rows == 0)
    log_info("show", "no row to show in %s", result->place);
  if (result->has_more)
    log_info("show", "there are more rows in %s: -n 0 shows all", result->place);
  if (output->path != NULL)
    log_info("show", "wrote %" PRIu64 " row%s to \"%s\"", result->n_rows, result->n_rows == 1 ? "" : "s", output->path);
}

bool command_show(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct show_options show;
  struct show_result result;
  struct pipeline_options dataset = cli_options(cli, cli->arguments[0]);
  TRY(read_options(cli, &show, err));
  struct printer printer = { .arena = cli->arena,
                             .form = show.form,
                             .output = { .path = cli->output, .is_data = show.form != SHOW_TABLE } };
  const struct show_receiver receiver = { .begin = begin_rows, .row = print_row, .context = &printer };
  TRY(open_output(cli->arena, &printer.output, show.form, err));
  show.path = printer.output.draft;
  bool is_done = pipeline_show(cli->arena, &dataset, &show, &receiver, &result, err);
  if (is_done && printer.grid != NULL)
    grid_finish(printer.grid);
  TRY(close_output(&printer.output, is_done, err));
  tell(&printer.output, &result);
  return true;
}
