/* gRPC's frames, however the bytes of a stream are cut, and its encoded texts. */
#include "support.h"

#include "engine/spark/grpc.h"

#include <stdlib.h>

struct taken {
  struct text_buffer texts; /* each with a bar behind it */
  size_t most;              /* after so many it stops; 0: never */
  size_t count;
};

static bool take(struct text message, void *context)
{
  struct taken *taken = context;
  text_buffer_add_text(&taken->texts, message);
  text_buffer_add_char(&taken->texts, '|');
  return ++taken->count != taken->most;
}

static const char *const messages[] = { "one", "", "three and more", "\xff", "" };

static void add_messages(struct text_buffer *stream)
{
  for (size_t i = 0; i < ARRAY_LENGTH(messages); i++) {
    grpc_add_frame_header(stream, strlen(messages[i]));
    text_buffer_add_string(stream, messages[i]);
  }
}

static void grpc_frames_take__gives_the_same_messages_for_every_cut(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer stream = { 0 };
  const char *fault;
  add_messages(&stream);
  for (size_t step = 1; step <= stream.length; step++) {
    struct grpc_frames frames = { 0 };
    struct taken taken = { 0 };
    for (size_t at = 0; at < stream.length; at += step) {
      size_t length = stream.length - at < step ? stream.length - at : step;
      assert_true(grpc_frames_take(&frames, stream.data + at, length, take, &taken, &fault));
    }
    assert_string_equal(taken.texts.data, "one||three and more|\xff||");
    assert_int_equal(taken.count, ARRAY_LENGTH(messages));
    grpc_frames_done(&frames);
    text_buffer_done(&taken.texts);
  }
}

static void grpc_frames_take__stops_where_it_is_told(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer stream = { 0 };
  struct grpc_frames frames = { 0 };
  struct taken taken = { .most = 2 };
  const char *fault = "";
  add_messages(&stream);
  assert_false(grpc_frames_take(&frames, stream.data, stream.length, take, &taken, &fault));
  assert_null(fault);
  assert_int_equal(taken.count, 2);
  grpc_frames_done(&frames);
  text_buffer_done(&taken.texts);
}

static void grpc_frames_take__refuses_what_is_no_frame(void **state)
{
  (void)state;
  static const struct {
    const char *bytes, *fault;
  } cases[] = {
    { "\x01\0\0\0\x01x", "compresses" },
    { "HTTP/1", "compresses" },
    { "\0\xff\xff\xff\xff", "more than 1 GiB" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    struct grpc_frames frames = { 0 };
    struct taken taken = { 0 };
    const char *fault = NULL;
    assert_false(grpc_frames_take(&frames, cases[i].bytes, 5, take, &taken, &fault));
    assert_contains(fault, cases[i].fault);
    assert_int_equal(taken.count, 0);
    grpc_frames_done(&frames);
  }
}

static void grpc_decode_percent__leaves_what_is_no_escape(void **state)
{
  (void)state;
  static const char *const cases[][2] = {
    { "plain", "plain" }, { "a%20b%0Ac", "a b\nc" }, { "%C3%a1", "á" },      { "100%", "100%" },
    { "%4", "%4" },       { "%zz%41", "%zzA" },      { "%25%32%35", "%25" }, { "", "" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    grpc_decode_percent(text_from(cases[i][0]), &out);
    assert_string_equal(text_buffer_text(&out).data, cases[i][1]);
  }
}

static void grpc_decode_base64__takes_it_with_and_without_padding(void **state)
{
  (void)state;
  static const char *const cases[][2] = {
    { "", "" }, { "YQ", "a" }, { "YQ==", "a" }, { "YWI", "ab" }, { "YWI=", "ab" }, { "YWJj", "abc" }, { "w6E", "á" },
  };
  static const char *const wrong[] = { "Y", "YQ=Q", "Y Q", "YWJjZ", "%" };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    assert_true(grpc_decode_base64(text_from(cases[i][0]), &out));
    assert_string_equal(text_buffer_text(&out).data, cases[i][1]);
  }
  for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    assert_false(grpc_decode_base64(text_from(wrong[i]), &out));
  }
}

static void grpc_status__has_names_and_stands_for_http(void **state)
{
  (void)state;
  assert_string_equal(grpc_status_name(GRPC_OK), "OK");
  assert_string_equal(grpc_status_name(GRPC_UNAUTHENTICATED), "UNAUTHENTICATED");
  assert_string_equal(grpc_status_name(GRPC_UNAVAILABLE), "UNAVAILABLE");
  assert_string_equal(grpc_status_name(17), "an unknown status");
  assert_string_equal(grpc_status_name(-1), "an unknown status");
  assert_int_equal(grpc_status_of_http(503), GRPC_UNAVAILABLE);
  assert_int_equal(grpc_status_of_http(404), GRPC_UNIMPLEMENTED);
  assert_int_equal(grpc_status_of_http(418), GRPC_UNKNOWN);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(grpc_frames_take__gives_the_same_messages_for_every_cut),
    cmocka_unit_test(grpc_frames_take__stops_where_it_is_told),
    cmocka_unit_test(grpc_frames_take__refuses_what_is_no_frame),
    cmocka_unit_test(grpc_decode_percent__leaves_what_is_no_escape),
    cmocka_unit_test(grpc_decode_base64__takes_it_with_and_without_padding),
    cmocka_unit_test(grpc_status__has_names_and_stands_for_http),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
