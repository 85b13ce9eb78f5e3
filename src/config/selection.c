/* Which of several datasets are meant, in which order they run, and how their references are drawn. */
#include "config/catalog.h"

#include <fnmatch.h>
#include <stdlib.h>

/* selectors */

enum { ALL_STEPS = 1 << 30 };

struct selector {
  struct text name; /* without the signs around it */
  bool is_tag;
  int ancestors, descendants; /* how many steps */
};

static bool has_tag(const struct catalog_entry *entry, const char *pattern)
{
  for (size_t i = 0; i < entry->tags.count; i++)
    if (fnmatch(pattern, entry->tags.items[i].value, 0) == 0)
      return true;
  return false;
}

static bool matches(const struct catalog_entry *entry, const struct selector *selector, const char *pattern)
{
  if (!entry->is_given || entry->is_only_read || entry->id.value == NULL)
    return false;
  return has_tag(entry, pattern) || (!selector->is_tag && fnmatch(pattern, entry->id.value, 0) == 0);
}

/* Cuts "+" or "2+" off the front. */
static int cut_front(struct text *name)
{
  size_t digits = 0;
  while (digits < name->length && char_is_digit(name->data[digits]))
    digits++;
  if (digits == name->length || name->data[digits] != '+' || digits > 6)
    return 0;
  int steps = digits == 0 ? ALL_STEPS : (int)strtol(name->data, NULL, 10);
  name->data += digits + 1;
  name->length -= digits + 1;
  return steps;
}

/* Cuts "+" or "+2" off the end. */
static int cut_end(struct text *name)
{
  size_t end = name->length;
  while (end > 0 && char_is_digit(name->data[end - 1]))
    end--;
  if (end == 0 || name->data[end - 1] != '+' || name->length - end > 6)
    return 0;
  int steps = end == name->length ? ALL_STEPS : (int)strtol(name->data + end, NULL, 10);
  name->length = end - 1;
  return steps;
}

static struct selector selector_of(struct text text)
{
  struct selector selector = { .name = text };
  selector.ancestors = cut_front(&selector.name);
  selector.descendants = cut_end(&selector.name);
  selector.is_tag = text_starts_with(selector.name, TEXT("tag:"));
  if (selector.is_tag) {
    selector.name.data += 4;
    selector.name.length -= 4;
  }
  return selector;
}

static bool fail_unknown(const struct catalog *catalog, const char *option, struct text word, struct text name,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **names = NULL;
  size_t count = 0, capacity = 0;
  for (size_t i = 0; i < catalog->count; i++) {
    const struct catalog_entry *entry = &catalog->entries[i];
    for (size_t t = 0; entry->is_given && t <= entry->tags.count; t++) {
      const char *known = t == 0 ? entry->id.value : entry->tags.items[t - 1].value;
      bool is_new = known != NULL;
      for (size_t k = 0; is_new && k < count && k < 64; k++)
        is_new = strcmp(names[k], known) != 0;
      if (!is_new)
        continue;
      names = arena_grow(&scratch, names, count, &capacity, sizeof(char *));
      names[count++] = known;
    }
  }
  fail(err, ERROR_CONFIG, NOWHERE, "%s \"%.*s\" names no dataset and no tag", option, TEXT_ARGS(word));
  return add_hint_of_names(err, "name", name, names, count);
}

/* Spreads along the references, one step a pass; `to` is what is reached. */
static void spread(const struct catalog *catalog, int steps, bool takes_descendants, bool *to)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *before = arena_array(&scratch, catalog->count + 1, sizeof(*before));
  bool has_grown = true;
  for (int step = 0; step < steps && has_grown; step++) {
    has_grown = false;
    memcpy(before, to, catalog->count * sizeof(*before));
    for (size_t i = 0; i < catalog->count; i++)
      for (size_t r = 0; r < catalog->entries[i].n_references; r++) {
        size_t read = catalog->entries[i].references[r].entry;
        if (read == CATALOG_NONE)
          continue;
        size_t from = takes_descendants ? read : i, reached = takes_descendants ? i : read;
        has_grown = has_grown || (before[from] && !to[reached]);
        to[reached] = to[reached] || before[from];
      }
  }
}

static bool take_selector(const struct catalog *catalog, const char *option, struct text word, bool *ret_taken,
                          struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct selector selector = selector_of(word);
  const char *pattern = text_copy(&scratch, selector.name);
  bool *down = arena_array(&scratch, catalog->count + 1, sizeof(*down));
  bool is_known = false;
  for (size_t i = 0; i < catalog->count; i++) {
    ret_taken[i] = down[i] = matches(&catalog->entries[i], &selector, pattern);
    is_known = is_known || down[i];
  }
  if (!is_known)
    return fail_unknown(catalog, option, word, selector.name, err);
  spread(catalog, selector.ancestors, false, ret_taken);
  spread(catalog, selector.descendants, true, down);
  for (size_t i = 0; i < catalog->count; i++)
    ret_taken[i] = ret_taken[i] || down[i];
  return true;
}

/* Cuts the next word off: up to one of `ends`. */
static struct text next_word(const char **rest, const char *ends)
{
  *rest += strspn(*rest, ends);
  struct text word = { *rest, strcspn(*rest, ends) };
  *rest += word.length;
  return word;
}

/* "a,+b": what each of them takes. */
static bool take_intersection(const struct catalog *catalog, const char *option, struct text text, bool *ret_taken,
                              struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *one = arena_array(&scratch, catalog->count + 1, sizeof(*one));
  const char *rest = text_copy(&scratch, text);
  for (size_t i = 0; i < catalog->count; i++)
    ret_taken[i] = true;
  for (struct text word; (word = next_word(&rest, ",")).length > 0;) {
    TRY(take_selector(catalog, option, word, one, err));
    for (size_t i = 0; i < catalog->count; i++)
      ret_taken[i] = ret_taken[i] && one[i];
  }
  return true;
}

static bool take_all(const struct catalog *catalog, const char *option, const struct config_list *list, bool *taken,
                     struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *one = arena_array(&scratch, catalog->count + 1, sizeof(*one));
  for (size_t i = 0; i < list->count; i++) {
    const char *rest = list->items[i].value;
    bool is_empty = true;
    for (struct text word; (word = next_word(&rest, " \t\n")).length > 0;) {
      is_empty = false;
      TRY(take_intersection(catalog, option, word, one, err));
      for (size_t e = 0; e < catalog->count; e++)
        taken[e] = taken[e] || one[e];
    }
    if (is_empty || list->items[i].value[strspn(list->items[i].value, " \t\n,")] == '\0')
      return fail(err, ERROR_CONFIG, NOWHERE, "%s names nothing", option);
  }
  return true;
}

bool catalog_choose(struct catalog *catalog, const struct config_list *selected, const struct config_list *excluded,
                    struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *in = arena_array(&scratch, catalog->count + 1, sizeof(*in));
  bool *out = arena_array(&scratch, catalog->count + 1, sizeof(*out));
  size_t n_chosen = 0;
  TRY(take_all(catalog, "--select", selected, in, err) && take_all(catalog, "--exclude", excluded, out, err));
  for (size_t i = 0; i < catalog->count; i++) {
    struct catalog_entry *entry = &catalog->entries[i];
    entry->is_chosen = entry->is_given && !entry->is_only_read && (selected->count == 0 || in[i]) && !out[i];
    n_chosen += entry->is_chosen;
  }
  if (n_chosen > 0 || (selected->count == 0 && excluded->count == 0))
    return true;
  return fail(err, ERROR_CONFIG, NOWHERE, "--select and --exclude leave no dataset");
}

/* the order */

size_t *catalog_order(const struct catalog *catalog, size_t *ret_count)
{
  size_t *order = arena_array(catalog->arena, catalog->count + 1, sizeof(*order));
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *is_placed = arena_array(&scratch, catalog->count + 1, sizeof(*is_placed));
  size_t count = 0;
  for (bool has_grown = true; has_grown;) { /* a pass a step of the longest chain that stands in the wrong order */
    has_grown = false;
    for (size_t i = 0; i < catalog->count; i++) {
      const struct catalog_entry *entry = &catalog->entries[i];
      bool is_ready = entry->is_chosen && !is_placed[i];
      for (size_t r = 0; is_ready && r < entry->n_references; r++) {
        size_t read = entry->references[r].entry;
        is_ready = read == CATALOG_NONE || !catalog->entries[read].is_chosen || is_placed[read];
      }
      if (!is_ready)
        continue;
      is_placed[i] = has_grown = true;
      order[count++] = i;
    }
  }
  *ret_count = count;
  return order;
}

/* the graph */

const char *const graph_formats[] = { "text", "mermaid", "dot", NULL };

/* In quotes, which escape the two characters that would end them. */
static void add_label(struct text_buffer *out, const char *id, enum graph_format format)
{
  text_buffer_add_char(out, '"');
  for (const char *p = id; *p != '\0'; p++)
    if (*p == '"')
      text_buffer_add_string(out, format == GRAPH_MERMAID ? "#quot;" : "\\\"");
    else if (*p == '\\' && format == GRAPH_DOT)
      text_buffer_add_string(out, "\\\\");
    else
      text_buffer_add_char(out, *p);
  text_buffer_add_char(out, '"');
}

static void add_node(const struct catalog *catalog, size_t entry, enum graph_format format, struct text_buffer *out)
{
  if (format == GRAPH_MERMAID)
    text_buffer_printf(out, "n%zu[", entry);
  add_label(out, catalog->entries[entry].id.value, format);
  if (format == GRAPH_MERMAID)
    text_buffer_add_char(out, ']');
}

static void print_drawing(const struct catalog *catalog, const size_t *order, size_t count, enum graph_format format,
                          struct text_buffer *out)
{
  text_buffer_add_string(out, format == GRAPH_MERMAID ? "flowchart LR\n" : "digraph datasets {\n  rankdir=LR;\n");
  const char *end = format == GRAPH_MERMAID ? "\n" : ";\n";
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(out, "  ");
    add_node(catalog, order[i], format, out);
    text_buffer_add_string(out, end);
  }
  for (size_t i = 0; i < count; i++) {
    const struct catalog_entry *entry = &catalog->entries[order[i]];
    for (size_t r = 0; r < entry->n_references; r++) {
      if (entry->references[r].entry == CATALOG_NONE)
        continue;
      text_buffer_add_string(out, "  ");
      add_node(catalog, entry->references[r].entry, format, out);
      text_buffer_add_string(out, format == GRAPH_MERMAID ? " --> " : " -> ");
      add_node(catalog, order[i], format, out);
      text_buffer_add_string(out, end);
    }
  }
  if (format == GRAPH_DOT)
    text_buffer_add_string(out, "}\n");
}

static void print_lines(const struct catalog *catalog, const size_t *order, size_t count, struct text_buffer *out)
{
  size_t width = 0;
  for (size_t i = 0; i < count; i++) {
    size_t length = text_count_characters(text_from(catalog->entries[order[i]].id.value));
    width = length > width ? length : width;
  }
  for (size_t i = 0; i < count; i++) {
    const struct catalog_entry *entry = &catalog->entries[order[i]];
    text_buffer_add_string(out, entry->id.value);
    for (size_t at = text_count_characters(text_from(entry->id.value)); entry->n_references > 0 && at < width; at++)
      text_buffer_add_char(out, ' ');
    for (size_t r = 0; r < entry->n_references; r++) {
      const struct catalog_reference *reference = &entry->references[r];
      bool is_chosen = reference->entry != CATALOG_NONE && catalog->entries[reference->entry].is_chosen;
      text_buffer_printf(out, "%s%s%s", r == 0 ? "  <- " : ", ", reference->name.value,
                         is_chosen ? "" : " (not selected)");
    }
    text_buffer_add_char(out, '\n');
  }
}

void catalog_print_graph(const struct catalog *catalog, enum graph_format format, struct text_buffer *out)
{
  size_t count = 0;
  const size_t *order = catalog_order(catalog, &count);
  if (format == GRAPH_TEXT)
    print_lines(catalog, order, count, out);
  else
    print_drawing(catalog, order, count, format, out);
}
