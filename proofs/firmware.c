/* A C program over the static library: counts the events of a stream, and encodes one. */
#include <stddef.h>
#include <string.h>

size_t ssewire_count_events(const unsigned char *bytes, size_t length);
size_t ssewire_encode(const unsigned char *bytes, size_t length, unsigned char *out, size_t room);

int main(void) {
    const char *stream = "data: a\n\n: c\n\nid: 1\r\ndata: b\r\n\r\ndata: cut off";
    unsigned char out[32];
    size_t length = ssewire_encode((const unsigned char *)"a\nb", 3, out, sizeof out);
    if (ssewire_count_events((const unsigned char *)stream, strlen(stream)) != 2) return 1;
    return length == 17 && memcmp(out, "data: a\ndata: b\n\n", length) == 0 ? 0 : 2;
}
