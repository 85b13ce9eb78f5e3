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
  interruption_begin("");
  TRY(load_sound_config(arena, options, s3, &config, err));
  TRY(engine_find(NULL, &driver, err)); /* always in this process, whatever env.yml says */
  TRY(load_engine(arena, config, driver, clock_now_us(), &database, &engine, err));
  bool is_done = read_and_look(arena, config, engine, limit, ret_profile, err);
  close_engine(&database, &engine);
  return is_done;
}

/* files */

/* A dataset that reads them, in a file of its own for as long as it is needed. */
static bool write_draft(struct arena *arena, const struct file_form *form, const char *path, char **ret_draft,
                        struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  char *draft = arena_printf(arena, "%s/crisol_profile_XXXXXX", temporary_directory());
  int descriptor = mkstemp(draft);
  if (descriptor < 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not make \"%s\"", draft);
  close(descriptor);
  *ret_draft = draft;
  text_buffer_add_string(&out, "id: profile\n");
  profile_print_source(form, path, &out);
  text_buffer_add_string(&out, "output:\n  silver: { format: parquet, path: lake/silver/profile, mode: overwrite }\n");
  return file_write(draft, text_buffer_text(&out), err);
}

static bool find_form(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                      struct file_form *form, struct error *err)
{
  struct config *config = NULL;
  struct plan *plan = arena_alloc(arena, sizeof(*plan));
  TRY(load_sound_config(arena, options, s3, &config, err));
  TRY(plan_inputs(arena, config, plan, err));
  TRY(form_find(arena, *s3, plan->sources[0].files[0].path, form, err));
  for (size_t i = 1; i < plan->sources[0].n_files && form->encoding == NULL && strcmp(form->format, "parquet") != 0;
       i++) {
    struct file_form other;
    if (plan->sources[0].files[i].bytes == 0)
      continue;
    TRY(form_find(arena, *s3, plan->sources[0].files[i].path, &other, err));
    form->encoding = other.encoding;
    form->doubles_quotes = form->doubles_quotes || other.doubles_quotes;
  }
  return true;
}

bool profile_files(struct arena *arena, const struct pipeline_options *options, const char *path, struct s3 **s3,
                   uint64_t limit, struct profile *ret_profile, struct error *err)
{
  const struct file_form any = { .format = "csv", .separator = ',', .has_header = true };
  struct pipeline_options drafted = *options;
  char *draft = NULL;
  const char *whole = path[0] == '/' || strstr(path, "://") != NULL ? path : path_absolute(arena, path);
  *ret_profile = (struct profile){ 0 };
  bool is_done = write_draft(arena, &any, whole, &draft, err);
  drafted.dataset = draft;
  is_done = is_done && find_form(arena, &drafted, s3, &ret_profile->form, err);
  if (draft != NULL)
    unlink(draft);
  draft = NULL;
  is_done = is_done && write_draft(arena, &ret_profile->form, whole, &draft, err);
  drafted.dataset = draft;
  is_done = is_done && profile_dataset(arena, &drafted, s3, limit, ret_profile, err);
  if (draft != NULL)
    unlink(draft);
  return is_done;
}
