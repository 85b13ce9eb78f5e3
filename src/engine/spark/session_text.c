/* What is sent as text must be UTF-8: a server drops a request that holds anything else, and does not say why. */
#include "engine/spark/session_internal.h"

#include "base/visible.h"

enum { DEPTH_MOST = 50 };

static bool check(const ProtobufCMessage *message, int depth, struct error *err);

/* The word that holds the first byte which is no text: a path in a statement, not the statement. */
static struct text wrong_word(struct text text)
{
  enum { WORD_MOST = 200 };
  uint32_t code_point;
  size_t at = 0, size;
  while (at < text.length && (size = text_decode((struct text){ text.data + at, text.length - at }, &code_point)) > 0)
    at += size;
  size_t start = at, end = at;
  while (start > 0 && at - start < WORD_MOST && strchr("'\"` \n", text.data[start - 1]) == NULL)
    start--;
  while (end < text.length && end - at < WORD_MOST && strchr("'\"` \n", text.data[end]) == NULL)
    end++;
  return (struct text){ text.data + start, end - start };
}

bool session_check_utf8(const char *text, struct error *err)
{
  if (text_is_utf8(text_from(text)))
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  fail(err, ERROR_CONFIG, NOWHERE, "Spark takes no text that is not UTF-8: \"%s\"",
       text_copy(&scratch, wrong_word(text_from(text))));
  return add_hint(err, "A path or a name has such bytes: rename it, or run this dataset on the embedded engine.");
}

static bool check_item(const ProtobufCFieldDescriptor *field, const void *item, int depth, struct error *err)
{
  if (item == NULL)
    return true;
  return field->type == PROTOBUF_C_TYPE_MESSAGE ? check(item, depth + 1, err) : session_check_utf8(item, err);
}

/* A field's value is where its descriptor says: a pointer, or one to as many as the quantifier counts. */
static bool check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, int depth,
                        struct error *err)
{
  const char *bytes = (const char *)message;
  if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
    uint32_t chosen;
    memcpy(&chosen, bytes + field->quantifier_offset, sizeof(chosen));
    if (chosen != field->id)
      return true;
  }
  const void *value;
  memcpy(&value, bytes + field->offset, sizeof(value));
  if (field->label != PROTOBUF_C_LABEL_REPEATED)
    return check_item(field, value, depth, err);
  size_t count;
  memcpy(&count, bytes + field->quantifier_offset, sizeof(count));
  for (size_t i = 0; i < count; i++)
    TRY(check_item(field, ((const void *const *)value)[i], depth, err));
  return true;
}

static bool check(const ProtobufCMessage *message, int depth, struct error *err)
{
  if (depth > DEPTH_MOST)
    BUG("a request that is too deep");
  for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
      TRY(check_field(message, field, depth, err));
  }
  return true;
}

bool session_check_text(const ProtobufCMessage *message, struct error *err)
{
  return check(message, 0, err);
}
