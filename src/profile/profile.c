/* A profile: the files are read once, and each column is summed up on the way. */
#include "base/clock.h"
#include "base/file.h"
#include "base/names.h"
#include "pipeline/interruption.h"
#include "pipeline/load.h"
#include "profile/profile_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* Letters, digits and underscores in lower case, none at the ends; accents fall off, other bytes are underscores. */
static const char *clean_name(struct arena *arena, const char *name, size_t number)
{
  static const struct {
    const char *from;
    char to;
  } accents[] = { { "á", 'a' }, { "é", 'e' }, { "í", 'i' }, { "ó", 'o' }, { "ú", 'u' }, { "ñ", 'n' },
                  { "ü", 'u' }, { "Á", 'a' }, { "É", 'e' }, { "Í", 'i' }, { "Ó", 'o' }, { "Ú", 'u' },
                  { "Ñ", 'n' }, { "Ü", 'u' }, { "ç", 'c' }, { "ã", 'a' }, { "õ", 'o' }, { "à", 'a' },
                  { "è", 'e' }, { "ê", 'e' }, { "ä", 'a' }, { "ö", 'o' } };
  enum { LONGEST = 60 };
  char *clean = arena_alloc(arena, LONGEST + 2);
  size_t length = 0;
  for (const char *p = name; *p != '\0' && length < LONGEST; p++) {
    char c = isalnum((unsigned char)*p) && (unsigned char)*p < 128 ? (char)tolower((unsigned char)*p) : '_';
    for (size_t i = 0; i < ARRAY_LENGTH(accents); i++)
      if (strncmp(p, accents[i].from, 2) == 0)
        c = accents[i].to;
    p += c != '_' && (unsigned char)*p >= 128;
    if (c != '_' || (length > 0 && clean[length - 1] != '_'))
      clean[length++] = c;
  }
  while (length > 0 && clean[length - 1] == '_')
    length--;
  clean[length] = '\0';
  if (length == 0)
    return arena_printf(arena, "column_%zu", number);
  return isdigit((unsigned char)clean[0]) ? arena_printf(arena, "c_%s", clean) : clean;
}

static void name_columns(struct arena *arena, struct profile *profile)
{
  struct name_set names = { .ignores_case = true };
  for (size_t i = 0; i < profile->n_columns; i++) {
    struct column_profile *column = &profile->columns[i];
    const char *base = clean_name(arena, column->name, i + 1);
    column->column = base;
    for (size_t n = 2; name_set_find(&names, text_from(column->column)) != NO_NAME; n++)
      column->column = arena_printf(arena, "%s_%zu", base, n);
    name_set_add(arena, &names, text_from(column->column));
  }
}

static void mask(struct column_profile *column)
{
  column->least = column->greatest = "***";
  column->quantiles = NULL;
  column->doubt = column->offer = NULL;
  column->facts.n_top = column->facts.n_shapes = 0;
}

static void take_columns(struct arena *arena, const struct dataset *dataset, const struct record_summary *summary,
                         struct profile *profile)
{
  profile->columns = arena_array(arena, summary->n_columns + 1, sizeof(*profile->columns));
  profile->n_columns = summary->n_columns;
  profile->n_rows = summary->n_records;
  profile->n_malformed = summary->n_malformed;
  profile->n_invalid = summary->n_invalid;
  for (size_t i = 0; i < summary->n_columns; i++) {
    struct column_profile *column = &profile->columns[i];
    *column = (struct column_profile){
      .name = summary->names[i],
      .type = summary->types[i],
      .is_typed = summary->types[i]->id != TYPE_STRING,
      .is_private = dataset_hides(dataset, summary->names[i]) || dataset_is_private_source(dataset, summary->names[i]),
    };
    if (summary->summaries[i] != NULL)
      summary_tell(arena, summary->summaries[i], &column->facts);
    column->nulls = profile->n_rows - column->facts.count;
  }
  if (summary->malformed_file != NULL)
    profile->malformed = summary->malformed_line == 0
                             ? arena_printf(arena, "%s: %s", summary->malformed_file, summary->malformed_reason)
                             : arena_printf(arena, "%s:%" PRIu64 ": %s", summary->malformed_file,
                                            summary->malformed_line, summary->malformed_reason);
}

static void tell_differences(struct arena *arena, const struct drift *drift, struct profile *profile)
{
  profile->differences = arena_array(arena, drift->count + 1, sizeof(*profile->differences));
  for (size_t i = 0; i < drift->count; i++) {
    SCOPED(text_buffer_done) struct text_buffer text = { 0 };
    const struct drift_change *change = &drift->changes[i];
    if (change->scope != DRIFT_FILES)
      continue;
    drift_print(change, &text);
    text_buffer_printf(&text, " in %s", change->file == NULL ? "a file" : change->file);
    if (change->n_files > 1)
      text_buffer_printf(&text, " and %zu more", change->n_files - 1);
    profile->differences[profile->n_differences++] = text_copy(arena, text_buffer_text(&text));
  }
}

static bool read_and_look(struct arena *arena, const struct config *config, struct engine *engine, uint64_t limit,
                          struct profile *profile, struct error *err)
{
  struct plan *plan = arena_alloc(arena, sizeof(*plan));
  TRY(plan_inputs(arena, config, plan, err));
  TRY(engine_open_sources(engine, plan, err));
  struct record_summary summary = { 0 };
  bool is_read = engine_summarize(engine, arena, plan, limit, &summary, err);
  if (is_read) {
    take_columns(arena, config->dataset, &summary, profile);
    tell_differences(arena, engine_drift(engine), profile);
    profile->n_files = plan->n_files;
    profile->is_sample = limit > 0 && summary.n_records + summary.n_malformed >= limit;
    name_columns(arena, profile);
    columns_decide(arena, profile);
    for (size_t i = 0; i < profile->n_columns; i++)
      if (profile->columns[i].is_private)
        mask(&profile->columns[i]);
  }
  record_summary_done(&summary);
  return is_read;
}

bool profile_dataset(struct arena *arena, const struct pipeline_options *options, struct s3 **s3, uint64_t limit,
                     struct profile *ret_profile, struct error *err)
{
  struct config *config = NULL;
  const struct engine_driver *driver = NULL;
  struct database *database = NULL;
  struct engine *engine = NULL;
  *ret_profile = (struct profile){ 0 };
  interruption_begin("");
  TRY(load_sound_config(arena, options, s3, &config, err));
  TRY(engine_find(NULL, &driver, err)); /* always in this process, whatever env.yml says */
  TRY(load_engine(arena, config, driver, clock_now_us(), &database, &engine, err));
  bool is_done = read_and_look(arena, config, engine, limit, ret_profile, err);
  close_engine(&database, &engine);
  return is_done;
}

/* files */

/* The text of a dataset that reads them. */
static const char *draft_text(struct arena *arena, const struct file_form *form, const char *path)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_add_string(&out, "id: profile\n");
  profile_print_source(form, path, &out);
  text_buffer_add_string(&out, "output:\n  silver: { format: parquet, path: lake/silver/profile, mode: overwrite, "
                               "merge_schema: true }\n");
  return text_copy(arena, text_buffer_text(&out));
}

static bool is_alike(const struct file_form *form, const struct file_form *other)
{
  return strcmp(form->format, other->format) == 0 || (form->format[0] == 'j' && other->format[0] == 'j');
}

static bool fail_formats(const struct file_form *form, const struct file_form *other, const char *path,
                         struct error *err)
{
  fail(err, ERROR_DATA, NOWHERE, "\"%s\" is %s, the files before it are %s: files of one format were expected", path,
       other->format, form->format);
  return add_hint(err, "Give a pattern for each format; a dataset reads several under `sources`.");
}

/* What a file adds to the form of those before it. */
static void join_form(struct arena *arena, const struct file_form *other, const char *path, struct file_form *form)
{
  if (form->has_empty_list && !other->has_empty_list) {
    form->records = other->records;
    form->format = other->format;
    form->has_empty_list = false;
  }
  bool is_torn = (form->encoding != NULL && other->encoding == NULL && other->has_characters) ||
                 (form->encoding == NULL && other->encoding != NULL && form->has_characters);
  if (is_torn && form->doubt == NULL)
    form->doubt = arena_printf(arena,
                               "%s has another encoding than other files: list them under sources, each with its "
                               "own options.encoding",
                               path);
  if (!is_torn && (form->encoding == NULL || (other->encoding != NULL && other->encoding[0] == 'I')))
    form->encoding = other->encoding == NULL ? form->encoding : other->encoding;
  form->has_characters = form->has_characters || other->has_characters;
  form->doubles_quotes = form->doubles_quotes || other->doubles_quotes;
}

static bool find_form(struct arena *arena, const struct plan_source *source, struct s3 *s3, struct file_form *form,
                      struct error *err)
{
  bool is_found = false;
  for (size_t i = 0; i < source->n_files; i++) {
    struct file_form other;
    if (source->files[i].bytes == 0)
      continue;
    TRY(form_find(arena, s3, source->files[i].path, &other, err));
    if (other.is_blank)
      continue;
    if (is_found && !is_alike(form, &other))
      return fail_formats(form, &other, source->files[i].path, err);
    if (is_found)
      join_form(arena, &other, source->files[i].path, form);
    else
      *form = other;
    is_found = true;
  }
  return is_found ||
         fail(err, ERROR_DATA, NOWHERE, "\"%s\" is empty: there is nothing to look at", source->files[0].path);
}

/* Records that are no text in UTF-8, behind the first bytes of their file: whether it is all in another encoding. */
static bool find_late_encoding(const struct plan_source *source, struct s3 *s3, struct file_form *form,
                               struct error *err)
{
  const char *found = NULL;
  for (size_t i = 0; i < source->n_files; i++) {
    const char *encoding = NULL;
    TRY(form_find_encoding(s3, source->files[i].path, &encoding, err));
    if (found == NULL || (encoding != NULL && encoding[0] == 'I'))
      found = encoding;
  }
  form->encoding = found;
  return true;
}

static bool look_at_files(struct arena *arena, const struct pipeline_options *options, const char *path, struct s3 **s3,
                          uint64_t limit, struct profile *ret_profile, struct error *err)
{
  const struct file_form any = { .format = "csv", .separator = ',', .quote = '"', .has_header = true };
  struct pipeline_options drafted = *options;
  struct config *config = NULL;
  struct plan *plan = arena_alloc(arena, sizeof(*plan));
  struct file_form form = { 0 };
  const char *whole = path[0] == '/' || strstr(path, "://") != NULL ? path : path_absolute(arena, path);
  drafted.dataset = path;
  drafted.dataset_text = draft_text(arena, &any, whole);
  TRY(load_sound_config(arena, &drafted, s3, &config, err));
  TRY(plan_inputs(arena, config, plan, err));
  TRY(find_form(arena, &plan->sources[0], *s3, &form, err));
  drafted.dataset_text = draft_text(arena, &form, whole);
  TRY(profile_dataset(arena, &drafted, s3, limit, ret_profile, err));
  if (ret_profile->n_invalid > 0 && form.encoding == NULL && !form.has_characters) {
    TRY(find_late_encoding(&plan->sources[0], *s3, &form, err));
    drafted.dataset_text = draft_text(arena, &form, whole);
    if (form.encoding != NULL)
      TRY(profile_dataset(arena, &drafted, s3, limit, ret_profile, err));
  }
  ret_profile->form = form;
  return true;
}

bool profile_files(struct arena *arena, const struct pipeline_options *options, const char *path, struct s3 **s3,
                   uint64_t limit, struct profile *ret_profile, struct error *err)
{
  if (look_at_files(arena, options, path, s3, limit, ret_profile, err))
    return true;
  if (strcmp(err->file, path) == 0) { /* a place in the draft, which nobody has written */
    err->file[0] = err->excerpt[0] = '\0';
    err->line = err->column = 0;
  }
  return false;
}
