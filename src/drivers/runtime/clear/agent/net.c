/* The machine's interfaces, by rtnetlink(7). */
#define _GNU_SOURCE
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
  struct nlmsghdr header;
  union {
    struct ifinfomsg link;
    struct ifaddrmsg address;
    struct rtmsg route;
  } body;
  uint8_t room[256];
};

struct address {
  int family;
  uint8_t bytes[16];
  uint8_t length, prefix;
};

static struct request *begin(struct request *request, uint16_t type, uint16_t flags, size_t body) {
  memset(request, 0, sizeof *request);
  request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(body);
  request->header.nlmsg_type = type;
  request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
  return request;
}

static void attach(struct request *request, uint16_t type, const void *bytes, size_t length) {
  struct rtattr *attribute = (struct rtattr *)((uint8_t *)request + NLMSG_ALIGN(request->header.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (uint16_t)RTA_LENGTH(length);
  memcpy(RTA_DATA(attribute), bytes, length);
  request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
}

/* 0, or an errno. */
static int perform(const struct request *request) {
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    uint8_t rest[512];
  } reply;
  static int fd = -1;
  if (fd < 0) fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return errno;
  ssize_t length = send(fd, request, request->header.nlmsg_len, 0);
  if (length > 0) length = recv(fd, &reply, sizeof reply, 0);
  return length < (ssize_t)sizeof reply.header ? EIO : -reply.error.error;
}

/* `10.0.0.5/24`, `fd00::/8`, `10.0.0.1` */
static bool parse_address(const char *text, struct address *address) {
  char copy[64];
  size_t length = strlen(text);
  if (length >= sizeof copy) return false;
  memcpy(copy, text, length + 1);
  char *slash = strchr(copy, '/');
  if (slash) *slash++ = 0;
  address->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
  address->length = address->family == AF_INET ? 4 : 16;
  address->prefix = (uint8_t)(slash ? atoi(slash) : address->length * 8);
  return inet_pton(address->family, copy, address->bytes) == 1;
}

/* `fa:16:3e:00:00:01` */
static bool parse_mac(const char *text, uint8_t mac[6]) {
  for (int i = 0; i < 6; i++) {
    char *end;
    unsigned long byte = strtoul(text, &end, 16);
    if (end == text || byte > 0xff || *end != (i < 5 ? ':' : 0)) return false;
    mac[i] = (uint8_t)byte;
    text = end + 1;
  }
  return true;
}

static int raise_link(int index) {
  struct request request;
  begin(&request, RTM_NEWLINK, 0, sizeof request.body.link)->body.link = (struct ifinfomsg){.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  return perform(&request);
}

static int add_address(int index, const struct address *address) {
  struct request request;
  begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof request.body.address)->body.address = (struct ifaddrmsg){
      .ifa_family = (uint8_t)address->family,
      .ifa_prefixlen = address->prefix,
      /* The port is this machine's alone: nobody else has the address. */
      .ifa_flags = IFA_F_NODAD,
      .ifa_index = (unsigned)index,
  };
  attach(&request, IFA_LOCAL, address->bytes, address->length);
  attach(&request, IFA_ADDRESS, address->bytes, address->length);
  return perform(&request);
}

static int add_written_address(int index, const char *text) {
  struct address address;
  return parse_address(text, &address) ? add_address(index, &address) : EINVAL;
}

/* Its own address on the link, RFC 4291: it came up in the template, where it had no number of its own to make one of. */
static int add_link_local(int index, const uint8_t mac[6]) {
  struct address address = {
      .family = AF_INET6,
      .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]},
      .length = 16,
      .prefix = 64,
  };
  return add_address(index, &address);
}

static int set_link(int index, const char *mac, unsigned mtu) {
  struct request request;
  uint8_t bytes[6];
  if (!parse_mac(mac, bytes)) return EINVAL;
  begin(&request, RTM_NEWLINK, 0, sizeof request.body.link)->body.link.ifi_index = index;
  attach(&request, IFLA_ADDRESS, bytes, sizeof bytes);
  if (mtu) attach(&request, IFLA_MTU, &mtu, sizeof mtu);
  int error = perform(&request);
  return error ? error : add_link_local(index, bytes);
}

static int add_route(int index, const char *destination, const char *gateway) {
  struct request request;
  struct address to = {0}, by = {0};
  bool whole = strcmp(destination, "default") == 0;
  if ((!whole && !parse_address(destination, &to)) || (*gateway && !parse_address(gateway, &by))) return EINVAL;
  if (whole) to.family = by.family;
  begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof request.body.route)->body.route = (struct rtmsg){
      .rtm_family = (uint8_t)to.family,
      .rtm_dst_len = to.prefix,
      .rtm_table = RT_TABLE_MAIN,
      .rtm_protocol = RTPROT_STATIC,
      .rtm_scope = *gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
      .rtm_type = RTN_UNICAST,
      /* A gateway may lie outside of the interface's own network. */
      .rtm_flags = *gateway ? RTNH_F_ONLINK : 0,
  };
  attach(&request, RTA_OIF, &index, sizeof index);
  if (to.prefix > 0) attach(&request, RTA_DST, to.bytes, to.length);
  if (*gateway) attach(&request, RTA_GATEWAY, by.bytes, by.length);
  return perform(&request);
}

static void set(const char *path, const char *value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, value, strlen(value)) < 0) dprintf(2, "agent: %s: %s\n", path, strerror(errno));
  close(fd);
}

/* In the template: whatever an interface can do before it is anybody's, so that no clone has to. */
void wake_network(void) {
  struct if_nameindex *all = if_nameindex();
  set("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  set("/proc/sys/net/ipv6/conf/default/accept_ra", "0");
  set("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1"); /* none */
  for (struct if_nameindex *one = all; one && one->if_index; one++) {
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/accept_ra", one->if_name);
    set(path, "0");
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/addr_gen_mode", one->if_name);
    if (strcmp(one->if_name, "lo") != 0) set(path, "1");
    if (strcmp(one->if_name, "lo") == 0 || strncmp(one->if_name, "eth", 3) == 0) raise_link((int)one->if_index);
  }
  if_freenameindex(all);
}

/* address=<name>;<text>: whether the order names it. */
static bool is_listed(const struct buffer *order, const char *name, const struct ifaddrmsg *held, const void *bytes) {
  struct record record;
  struct address address;
  for (size_t at = 0; next_record(order, &at, &record) > 0;) {
    if (!is_named(&record, "address")) continue;
    char *text = text_of(&record), *mark = strchr(text, ';');
    if (mark) *mark = 0;
    bool same = mark && strcmp(text, name) == 0 && parse_address(mark + 1, &address) && address.family == held->ifa_family &&
                address.prefix == held->ifa_prefixlen && memcmp(address.bytes, bytes, address.length) == 0;
    free(text);
    if (same) return true;
  }
  return false;
}

static void remove_address(const struct ifaddrmsg *held, const void *bytes) {
  struct request request;
  begin(&request, RTM_DELADDR, 0, sizeof request.body.address)->body.address = *held;
  attach(&request, IFA_LOCAL, bytes, held->ifa_family == AF_INET ? 4 : 16);
  perform(&request);
}

/* Those of an interface that leads nowhere any more, or elsewhere: of the machine's, but for what each has on its own link. */
static void keep_only_listed(const struct buffer *order) {
  struct {
    struct ifaddrmsg held;
    uint8_t bytes[16];
  } stale[64];
  size_t count = 0;
  struct request ask;
  uint8_t heard[16384];
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  begin(&ask, RTM_GETADDR, NLM_F_DUMP, sizeof ask.body.address);
  bool more = fd >= 0 && send(fd, &ask, ask.header.nlmsg_len, 0) > 0;
  while (more) {
    ssize_t length = recv(fd, heard, sizeof heard, 0);
    if (length <= 0) break;
    for (struct nlmsghdr *header = (struct nlmsghdr *)heard; NLMSG_OK(header, (size_t)length); header = NLMSG_NEXT(header, length)) {
      if (header->nlmsg_type != RTM_NEWADDR) {
        more = false;
        continue;
      }
      struct ifaddrmsg *held = NLMSG_DATA(header);
      char name[IF_NAMESIZE] = "";
      int rest = (int)IFA_PAYLOAD(header);
      if_indextoname(held->ifa_index, name);
      if (strncmp(name, "eth", 3) != 0 || held->ifa_scope == RT_SCOPE_LINK) continue;
      for (struct rtattr *one = IFA_RTA(held); RTA_OK(one, rest); one = RTA_NEXT(one, rest)) {
        bool wanted = one->rta_type == (held->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS);
        if (!wanted || count == 64 || is_listed(order, name, held, RTA_DATA(one))) continue;
        stale[count].held = *held;
        memcpy(stale[count++].bytes, RTA_DATA(one), held->ifa_family == AF_INET ? 4 : 16);
      }
    }
  }
  if (fd >= 0) close(fd);
  for (size_t i = 0; i < count; i++) remove_address(&stale[i].held, stale[i].bytes);
}

/* link=<name>;<mac>;<mtu>  address=<name>;<address>/<prefix>  route=<name>;<destination|default>;<gateway or nothing> */
bool configure_network(const struct buffer *order, struct failure *why) {
  struct record record;
  char last[IF_NAMESIZE] = "";
  int index = 0;
  for (size_t at = 0; next_record(order, &at, &record) > 0;) {
    bool link = is_named(&record, "link"), address = is_named(&record, "address"), route = is_named(&record, "route");
    if (!link && !address && !route) continue;
    char *name = text_of(&record), *first = strchr(name, ';'), *second = first ? strchr(first + 1, ';') : NULL;
    if (first == NULL || (!address && second == NULL)) return failed(why, EINVAL, "a network's record %s", name);
    *first++ = 0;
    if (second) *second++ = 0;
    if (strlen(name) >= sizeof last) return failed(why, EINVAL, "an interface %s", name);
    if (strcmp(name, last) != 0) index = (int)if_nametoindex(strcpy(last, name));
    if (index == 0) return failed(why, ENODEV, "the network: %s", name);
    int error = link ? set_link(index, first, (unsigned)atoi(second)) : address ? add_written_address(index, first) : add_route(index, first, second);
    if (error) return failed(why, error, "the network: %s %s", name, first);
    free(name);
  }
  return true;
}

/* Of a machine that runs: the order says all that it has. */
bool change_network(const struct buffer *order, struct failure *why) {
  keep_only_listed(order);
  return configure_network(order, why);
}
