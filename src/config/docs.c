/* What the tables of keys say of themselves: the JSON Schema for editors, and the tables of docs/config.md. */
#include "base/log.h"
#include "config/tables.h"

static void indent(struct text_buffer *out, int depth)
{
  text_buffer_add_char(out, '\n');
  for (int i = 0; i < depth; i++)
    text_buffer_add_string(out, "  ");
}

static void print_object(const struct key_table *table, int depth, struct text_buffer *out);

static void print_choices(const struct key *key, struct text_buffer *out)
{
  text_buffer_add_string(out, "\"enum\": [");
  for (size_t i = 0; key->choices[i] != NULL; i++) {
    text_buffer_add_string(out, i == 0 ? "" : ", ");
    json_add_string(out, text_from(key->choices[i]));
  }
  text_buffer_add_char(out, ']');
}

static void print_shape(const struct key *key, int depth, struct text_buffer *out)
{
  bool is_list = key->kind == KEY_MAPPINGS || strcmp(key->name, "sources") == 0;
  if (key->table != NULL && is_list) {
    text_buffer_add_string(out, "\"type\": \"array\", \"items\": ");
    print_object(key->table, depth, out);
  } else if (key->table != NULL) {
    text_buffer_add_string(out, "\"allOf\": [");
    print_object(key->table, depth, out);
    text_buffer_add_char(out, ']');
  } else if (key->choices != NULL) {
    print_choices(key, out);
  } else if (key->kind == KEY_BOOLEAN) {
    text_buffer_add_string(out, "\"enum\": [true, false, \"true\", \"false\"]");
  } else if (key->kind == KEY_INTEGER || key->kind == KEY_NUMBER) {
    text_buffer_add_string(out, "\"type\": [\"number\", \"string\"]");
  } else if (key->kind == KEY_LIST || strcmp(key->name, "order_by") == 0) {
    text_buffer_add_string(out, "\"type\": [\"string\", \"array\"]");
  } else if (strcmp(key->name, "options") == 0) {
    text_buffer_add_string(out, "\"type\": \"object\"");
  } else {
    text_buffer_add_string(out, "\"type\": [\"string\", \"number\", \"boolean\"]");
  }
}

static void print_object(const struct key_table *table, int depth, struct text_buffer *out)
{
  bool has_required = false;
  text_buffer_add_string(out, "{ \"type\": \"object\", \"additionalProperties\": false,");
  for (size_t i = 0; i < table->n_keys; i++)
    if (table->keys[i].is_required) {
      text_buffer_add_string(out, has_required ? ", " : " \"required\": [");
      json_add_string(out, text_from(table->keys[i].name));
      has_required = true;
    }
  text_buffer_add_string(out, has_required ? "]," : "");
  text_buffer_add_string(out, " \"properties\": {");
  for (size_t i = 0; i < table->n_keys; i++) {
    const struct key *key = &table->keys[i];
    indent(out, depth + 1);
    json_add_string(out, text_from(key->name));
    text_buffer_add_string(out, ": { \"description\": ");
    json_add_string(out, text_from(key->doc));
    text_buffer_add_string(out, ", ");
    print_shape(key, depth + 1, out);
    text_buffer_add_string(out, i + 1 < table->n_keys ? " }," : " }");
  }
  indent(out, depth);
  text_buffer_add_string(out, "} }");
}

void config_print_json_schema(struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer body = { 0 };
  print_object(&dataset_table, 0, &body);
  text_buffer_add_string(out, "{ \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                              "  \"title\": \"A dataset of crisol\",\n  ");
  text_buffer_add(out, body.data + 2, body.length - 2);
  text_buffer_add_char(out, '\n');
}

/* A cell of a Markdown table: a bar would end it. */
static void print_cell(struct text_buffer *out, const char *text, bool is_code)
{
  text_buffer_add_string(out, " ");
  if (is_code && text != NULL)
    text_buffer_add_char(out, '`');
  for (const char *p = text == NULL ? "" : text; *p != '\0'; p++) {
    if (*p == '|')
      text_buffer_add_char(out, '\\');
    text_buffer_add_char(out, *p);
  }
  if (is_code && text != NULL)
    text_buffer_add_char(out, '`');
  text_buffer_add_string(out, " |");
}

static void print_table(const struct key_table *table, struct text_buffer *out)
{
  text_buffer_printf(out, "### %s\n\n", table->name);
  if (table->n_keys == 0) {
    text_buffer_add_string(out, "There is none to set.\n\n");
    return;
  }
  text_buffer_add_string(out, "| key | default | example | what it does |\n|---|---|---|---|\n");
  for (size_t i = 0; i < table->n_keys; i++) {
    const struct key *key = &table->keys[i];
    text_buffer_add_char(out, '|');
    print_cell(out, key->name, true);
    print_cell(out, key->is_required ? "required" : key->if_absent, false);
    print_cell(out, key->example, true);
    print_cell(out, key->doc, false);
    text_buffer_add_char(out, '\n');
  }
  text_buffer_add_char(out, '\n');
  for (size_t i = 0; i < table->n_keys; i++) {
    bool is_first = table->keys[i].table != NULL;
    for (size_t j = 0; is_first && j < i; j++)
      is_first = table->keys[j].table != table->keys[i].table;
    if (is_first && table->keys[i].table != &rename_table && table->keys[i].table != &rule_table)
      print_table(table->keys[i].table, out);
  }
}

void config_print_docs(struct text_buffer *out)
{
  static const struct key_table *const tables[] = {
    &dataset_table,         &rename_table,      &rule_table,     &csv_options_table, &json_options_table,
    &parquet_options_table, &environment_table, &database_table, &case_file_table,
  };
  for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
    print_table(tables[i], out);
}
