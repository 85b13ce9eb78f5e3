/* Text functions. Positions and lengths count characters (code points), as in Spark. */
#include "duckdb/functions/internal.h"
#include "duckdb/functions/utf8.h"

/* Parts. */

/* Where a part of a sequence of `length` lies, as UTF8String.substringSQL has it. */
static void find_part(int64_t length, int32_t position, int32_t wanted, size_t *ret_start, size_t *ret_end)
{
  int64_t start = position > 0 ? (int64_t)position - 1 : position < 0 ? length + position : 0;
  int64_t end = start + wanted;
  start = start < 0 ? 0 : start > length ? length : start;
  end = end < start ? start : end > length ? length : end;
  *ret_start = (size_t)start;
  *ret_end = (size_t)end;
}

static bool return_part(struct udf_call *call, size_t row, int32_t position, int32_t wanted)
{
  struct text text = arg_text(call, 0, row);
  size_t start;
  size_t end;
  if (position >= 0) { /* from the front no length is needed */
    size_t first = utf8_offset(text, position == 0 ? 0 : (size_t)position - 1);
    struct text rest = text_part(text, first, text.length);
    return return_text(call, row, text_part(rest, 0, wanted <= 0 ? 0 : utf8_offset(rest, (size_t)wanted)));
  }
  find_part((int64_t)text_count_characters(text), position, wanted, &start, &end);
  size_t first = utf8_offset(text, start);
  struct text rest = text_part(text, first, text.length);
  return return_text(call, row, text_part(rest, 0, utf8_offset(rest, end - start)));
}

static bool substring(struct udf_call *call, size_t row)
{
  return return_part(call, row, arg_int(call, 1, row), arg_int(call, 2, row));
}

static bool substring_from(struct udf_call *call, size_t row)
{
  return return_part(call, row, arg_int(call, 1, row), INT32_MAX);
}

static bool return_binary_part(struct udf_call *call, size_t row, int32_t position, int32_t wanted)
{
  struct text bytes = arg_text(call, 0, row);
  size_t start;
  size_t end;
  find_part((int64_t)bytes.length, position, wanted, &start, &end);
  return return_text(call, row, text_part(bytes, start, end));
}

static bool substring_binary(struct udf_call *call, size_t row)
{
  return return_binary_part(call, row, arg_int(call, 1, row), arg_int(call, 2, row));
}

static bool substring_binary_from(struct udf_call *call, size_t row)
{
  return return_binary_part(call, row, arg_int(call, 1, row), INT32_MAX);
}

static bool left(struct udf_call *call, size_t row)
{
  return return_part(call, row, 1, arg_int(call, 1, row));
}

static bool left_binary(struct udf_call *call, size_t row)
{
  return return_binary_part(call, row, 1, arg_int(call, 1, row));
}

static bool right(struct udf_call *call, size_t row)
{
  int32_t wanted = arg_int(call, 1, row);
  if (wanted <= 0)
    return return_text(call, row, TEXT(""));
  return return_part(call, row, -wanted, INT32_MAX);
}

/* Trimming: any of the characters. */

static bool is_among(struct text characters, struct text character)
{
  for (size_t at = 0; at < characters.length; at += utf8_length(characters.data[at]))
    if (utf8_length(characters.data[at]) == character.length &&
        memcmp(characters.data + at, character.data, character.length) == 0)
      return true;
  return false;
}

static size_t trim_start(struct text text, struct text characters)
{
  size_t at = 0;
  while (at < text.length) {
    size_t length = utf8_length(text.data[at]);
    if (!is_among(characters, text_part(text, at, at + length)))
      break;
    at += length;
  }
  return at;
}

static size_t trim_end(struct text text, size_t start, struct text characters)
{
  size_t end = text.length;
  while (end > start) {
    size_t first = end - 1;
    while (first > start && ((unsigned char)text.data[first] & 0xC0) == 0x80)
      first--;
    if (!is_among(characters, text_part(text, first, end)))
      break;
    end = first;
  }
  return end;
}

static bool trim(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text characters = arg_text(call, 1, row);
  size_t start = trim_start(text, characters);
  return return_text(call, row, text_part(text, start, trim_end(text, start, characters)));
}

static bool ltrim(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  return return_text(call, row, text_part(text, trim_start(text, arg_text(call, 1, row)), text.length));
}

static bool rtrim(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  return return_text(call, row, text_part(text, 0, trim_end(text, 0, arg_text(call, 1, row))));
}

/* Padding. */

static bool fail_size(struct udf_call *call)
{
  return udf_check_size(call, SIZE_MAX);
}

/* Adds `count` characters of the pad, over and over. */
static void add_padding(struct text_buffer *out, struct text pad, size_t count)
{
  for (size_t at = 0; count > 0; count--) {
    size_t length = utf8_length(pad.data[at]);
    text_buffer_add(out, pad.data + at, length);
    at = at + length < pad.length ? at + length : 0;
  }
}

static bool pad(struct udf_call *call, size_t row, bool at_start)
{
  struct text text = arg_text(call, 0, row);
  int32_t wanted = arg_int(call, 1, row);
  struct text fill = arg_text(call, 2, row);
  size_t present = text_count_characters(text);
  if (wanted <= 0)
    return return_text(call, row, TEXT(""));
  if ((size_t)wanted <= present || fill.length == 0)
    return return_text(call, row, text_part(text, 0, utf8_offset(text, (size_t)wanted)));
  if (wanted > MAX_TEXT / 4)
    return fail_size(call);
  text_buffer_clear(&call->buffer);
  if (!at_start)
    text_buffer_add_text(&call->buffer, text);
  add_padding(&call->buffer, fill, (size_t)wanted - present);
  if (at_start)
    text_buffer_add_text(&call->buffer, text);
  return return_buffer(call, row);
}

static bool lpad(struct udf_call *call, size_t row)
{
  return pad(call, row, true);
}

static bool rpad(struct udf_call *call, size_t row)
{
  return pad(call, row, false);
}

static bool pad_binary(struct udf_call *call, size_t row, bool at_start)
{
  struct text bytes = arg_text(call, 0, row);
  int32_t wanted = arg_int(call, 1, row);
  struct text fill = arg_text(call, 2, row);
  size_t size = wanted <= 0 ? 0 : (size_t)wanted;
  if (size <= bytes.length || fill.length == 0)
    return return_text(call, row, text_part(bytes, 0, size < bytes.length ? size : bytes.length));
  if (size > MAX_TEXT)
    return fail_size(call);
  text_buffer_clear(&call->buffer);
  if (!at_start)
    text_buffer_add_text(&call->buffer, bytes);
  for (size_t i = 0; i < size - bytes.length; i++)
    text_buffer_add_char(&call->buffer, fill.data[i % fill.length]);
  if (at_start)
    text_buffer_add_text(&call->buffer, bytes);
  return return_buffer(call, row);
}

static bool lpad_binary(struct udf_call *call, size_t row)
{
  return pad_binary(call, row, true);
}

static bool rpad_binary(struct udf_call *call, size_t row)
{
  return pad_binary(call, row, false);
}

static bool repeat(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  int32_t count = arg_int(call, 1, row);
  if (count > 0 && text.length > 0 && (size_t)count > MAX_TEXT / text.length)
    return fail_size(call);
  text_buffer_clear(&call->buffer);
  for (int32_t i = 0; i < count && text.length > 0; i++)
    text_buffer_add_text(&call->buffer, text);
  return return_buffer(call, row);
}

/* Changing characters. */

static bool reverse_binary(struct udf_call *call, size_t row)
{
  struct text bytes = arg_text(call, 0, row);
  text_buffer_clear(&call->buffer);
  for (size_t i = bytes.length; i-- > 0;)
    text_buffer_add_char(&call->buffer, bytes.data[i]);
  return return_text(call, row, text_buffer_text(&call->buffer));
}

static bool reverse(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  text_buffer_clear(&call->buffer);
  for (size_t end = text.length; end > 0;) {
    size_t start = end - 1;
    while (start > 0 && ((unsigned char)text.data[start] & 0xC0) == 0x80)
      start--;
    text_buffer_add(&call->buffer, text.data + start, end - start);
    end = start;
  }
  return return_buffer(call, row);
}

/* The first place of a character counts; one without a partner is removed. */
static bool translate(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text from = arg_text(call, 1, row);
  struct text to = arg_text(call, 2, row);
  text_buffer_clear(&call->buffer);
  for (size_t at = 0; at < text.length;) {
    size_t length = utf8_length(text.data[at]);
    size_t index = 0;
    size_t found = 0;
    for (; found < from.length; found += utf8_length(from.data[found]), index++)
      if (utf8_length(from.data[found]) == length && memcmp(from.data + found, text.data + at, length) == 0)
        break;
    size_t partner = utf8_offset(to, index);
    if (found >= from.length)
      text_buffer_add(&call->buffer, text.data + at, length);
    else if (partner < to.length)
      text_buffer_add(&call->buffer, to.data + partner, utf8_length(to.data[partner]));
    at += length;
  }
  return return_buffer(call, row);
}

static bool overlay_bytes(struct udf_call *call, size_t row, bool of_text)
{
  struct text text = arg_text(call, 0, row);
  struct text by = arg_text(call, 1, row);
  int64_t position = arg_int(call, 2, row);
  int64_t length = arg_int(call, 3, row);
  int64_t size = (int64_t)(of_text ? text_count_characters(text) : text.length);
  if (length < 0)
    length = (int64_t)(of_text ? text_count_characters(by) : by.length);
  int64_t rest = position + length; /* where what follows begins, from 1 or, as substring() has it, from the end */
  rest = rest > 0 ? rest - 1 : rest < 0 && rest + size > 0 ? rest + size : 0;
  size_t before = position < 1 ? 0 : (size_t)(position - 1);
  size_t after = (size_t)rest;
  size_t start = of_text ? utf8_offset(text, before) : before < text.length ? before : text.length;
  size_t end = of_text ? utf8_offset(text, after) : after < text.length ? after : text.length;
  text_buffer_clear(&call->buffer);
  text_buffer_add_text(&call->buffer, text_part(text, 0, start));
  text_buffer_add_text(&call->buffer, by);
  text_buffer_add_text(&call->buffer, text_part(text, end, text.length));
  return return_buffer(call, row);
}

static bool overlay(struct udf_call *call, size_t row)
{
  return overlay_bytes(call, row, true);
}

static bool overlay_binary(struct udf_call *call, size_t row)
{
  return overlay_bytes(call, row, false);
}

static bool ascii(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  return return_int(call, row, text.length == 0 ? 0 : (int32_t)utf8_read(text, 0));
}

static bool chr(struct udf_call *call, size_t row)
{
  int64_t code = arg_bigint(call, 0, row);
  text_buffer_clear(&call->buffer);
  if (code >= 0)
    text_buffer_add_utf8(&call->buffer, (uint32_t)(code & 0xFF));
  return return_buffer(call, row);
}

/* Texts and arrays of texts, nulls left out. */
static bool add_joined(struct udf_call *call, const struct vector *vector, size_t row, struct text separator,
                       bool *is_first)
{
  if (vector_is_null(vector, row))
    return true;
  if (vector->type->id == TYPE_ARRAY) {
    duckdb_list_entry list = vector_list(vector, row);
    for (size_t i = 0; i < list.length; i++)
      TRY(add_joined(call, &vector->children[0], list.offset + i, separator, is_first));
    return true;
  }
  if (!*is_first)
    text_buffer_add_text(&call->buffer, separator);
  text_buffer_add_text(&call->buffer, vector_text(vector, row));
  *is_first = false;
  return udf_check_size(call, call->buffer.length);
}

static bool concat_ws(struct udf_call *call, size_t row)
{
  bool is_first = true;
  if (arg_is_null(call, 0, row))
    return false;
  text_buffer_clear(&call->buffer);
  for (size_t i = 1; i < call->n_args; i++)
    TRY(add_joined(call, &call->args[i], row, arg_text(call, 0, row), &is_first));
  return return_buffer(call, row);
}

/* Checks, masks, quotes. */

static bool luhn_check(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  int sum = 0;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[text.length - 1 - i];
    if (c < '0' || c > '9')
      return return_boolean(call, row, false);
    int digit = (c - '0') * (i % 2 == 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return return_boolean(call, row, text.length > 0 && sum % 10 == 0);
}

static bool quote(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  text_buffer_clear(&call->buffer);
  text_buffer_add_char(&call->buffer, '\'');
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '\'')
      text_buffer_add_char(&call->buffer, '\\');
    text_buffer_add_char(&call->buffer, text.data[i]);
  }
  text_buffer_add_char(&call->buffer, '\'');
  return return_buffer(call, row);
}

static bool is_valid_utf8(struct udf_call *call, size_t row)
{
  return return_boolean(call, row, text_is_utf8(arg_text(call, 0, row)));
}

static bool make_valid_utf8(struct udf_call *call, size_t row)
{
  return return_bytes_as_text(call, row, arg_text(call, 0, row));
}

static bool try_validate_utf8(struct udf_call *call, size_t row)
{
  struct text bytes = arg_text(call, 0, row);
  return text_is_utf8(bytes) && return_text(call, row, bytes);
}

static bool validate_utf8(struct udf_call *call, size_t row)
{
  return try_validate_utf8(call, row) || udf_fail(call, "INVALID_UTF8_STRING", "the bytes are no UTF-8");
}

/* Errors that a user asks for. */

static bool assert_true(struct udf_call *call, size_t row)
{
  bool holds = !arg_is_null(call, 0, row) && arg_boolean(call, 0, row);
  struct text message = arg_is_null(call, 1, row) ? TEXT("") : arg_text(call, 1, row);
  if (!holds)
    udf_fail(call, "USER_RAISED_EXCEPTION", "%.*s", TEXT_ARGS(message));
  return false;
}

static bool raise_error(struct udf_call *call, size_t row)
{
  struct text message = arg_is_null(call, 0, row) ? TEXT("null") : arg_text(call, 0, row);
  return udf_fail(call, "USER_RAISED_EXCEPTION", "%.*s", TEXT_ARGS(message));
}

static const struct udf rows[] = {

  { .name = "spark_substring", .signature = "string int int > string", .each = substring },
  { .name = "spark_substring", .signature = "string int > string", .each = substring_from },
  { .name = "spark_substring_binary", .signature = "binary int int > binary", .each = substring_binary },
  { .name = "spark_substring_binary", .signature = "binary int > binary", .each = substring_binary_from },
  { .name = "spark_left", .signature = "string int > string", .each = left },
  { .name = "spark_left_binary", .signature = "binary int > binary", .each = left_binary },
  { .name = "spark_right", .signature = "string int > string", .each = right },
  { .name = "spark_trim", .signature = "string string > string", .each = trim },
  { .name = "spark_btrim", .signature = "string string > string", .each = trim },
  { .name = "spark_ltrim", .signature = "string string > string", .each = ltrim },
  { .name = "spark_rtrim", .signature = "string string > string", .each = rtrim },
  { .name = "spark_lpad", .signature = "string int string > string", .each = lpad },
  { .name = "spark_rpad", .signature = "string int string > string", .each = rpad },
  { .name = "spark_lpad_binary", .signature = "binary int binary > binary", .each = lpad_binary },
  { .name = "spark_rpad_binary", .signature = "binary int binary > binary", .each = rpad_binary },
  { .name = "spark_repeat", .signature = "string int > string", .each = repeat },
  { .name = "spark_reverse", .signature = "string > string", .each = reverse },
  { .name = "spark_reverse_binary", .signature = "binary > binary", .each = reverse_binary },
  { .name = "spark_translate", .signature = "string string string > string", .each = translate },
  { .name = "spark_overlay", .signature = "string string int int > string", .each = overlay },
  { .name = "spark_overlay_binary", .signature = "binary binary int int > binary", .each = overlay_binary },
  { .name = "spark_ascii", .signature = "string > int", .each = ascii },
  { .name = "spark_chr", .signature = "bigint > string", .each = chr },
  { .name = "spark_concat_ws", .flags = UDF_NULLS, .each = concat_ws },
  { .name = "spark_luhn_check", .signature = "string > boolean", .each = luhn_check },
  { .name = "spark_quote", .signature = "string > string", .each = quote },
  { .name = "spark_is_valid_utf8", .signature = "binary > boolean", .each = is_valid_utf8 },
  { .name = "spark_make_valid_utf8", .signature = "binary > string", .each = make_valid_utf8 },
  { .name = "spark_validate_utf8", .signature = "binary > string", .each = validate_utf8 },
  { .name = "spark_try_validate_utf8", .signature = "binary > string", .each = try_validate_utf8 },
  { .name = "spark_assert_true", .signature = "boolean string > void", .flags = UDF_NULLS, .each = assert_true },
  { .name = "spark_raise_error", .signature = "string > void", .flags = UDF_NULLS, .each = raise_error },

};

UDF_FAMILY(string_udfs, rows);
