/* Types as Spark's DataType.sql writes them. */
#include "value/type.h"

static bool is_plain_name(const char *name)
{
  for (const char *c = name; *c != '\0'; c++)
    if (!char_is_letter(*c) && *c != '_' && (c == name || !char_is_digit(*c)))
      return false;
  return name[0] != '\0';
}

void type_add_sql_name(const char *name, struct text_buffer *out)
{
  if (is_plain_name(name))
    text_buffer_add_string(out, name);
  else
    text_buffer_add_quoted(out, name, '`');
}

static void print_struct(const struct type *type, struct text_buffer *out)
{
  text_buffer_add_string(out, "STRUCT<");
  for (size_t i = 0; i < type->n_fields; i++) {
    const char *name = type->fields[i].name;
    text_buffer_add_string(out, i == 0 ? "" : ", ");
    type_add_sql_name(name, out);
    text_buffer_add_string(out, ": ");
    type_print_sql(type->fields[i].type, out);
  }
  text_buffer_add_char(out, '>');
}

void type_print_sql(const struct type *type, struct text_buffer *out)
{
  if (type->id == TYPE_STRUCT) {
    print_struct(type, out);
    return;
  }
  if (type->id == TYPE_ARRAY || type->id == TYPE_MAP) {
    text_buffer_add_string(out, type->id == TYPE_MAP ? "MAP<" : "ARRAY<");
    if (type->id == TYPE_MAP) {
      type_print_sql(type->key, out);
      text_buffer_add_string(out, ", ");
    }
    type_print_sql(type->element, out);
    text_buffer_add_char(out, '>');
    return;
  }
  size_t start = out->length;
  type_print(type, out);
  for (size_t i = start; i < out->length; i++)
    if (out->data[i] >= 'a' && out->data[i] <= 'z')
      out->data[i] = (char)(out->data[i] - 'a' + 'A');
}
