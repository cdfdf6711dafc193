using System.Net;
using System.Net.Sockets;

namespace ModelPlatform.Plugins.Outbound;

/// <summary>Which addresses a caller-supplied URL may lead to: those every host on the internet may route to, and no form that hides another address.</summary>
internal static class AddressRule
{
    // IANA special-purpose registry, plus the deprecated 6to4 relays.
    private static readonly IPNetwork[] RefusedIPv4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.0.0.0/24"), IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("198.18.0.0/15"), IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),
    ];

    // Protocol assignments (Teredo, ORCHID, benchmarking), documentation, 6to4.
    private static readonly IPNetwork[] RefusedIPv6 =
        [IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("3fff::/20")];

    public static bool IsGloballyRoutable(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !RefusedIPv4.Any(network => network.Contains(address)),
        AddressFamily.InterNetworkV6 => IsPlainGlobalUnicast(address) && !RefusedIPv6.Any(network => network.Contains(address)),
        _ => false,
    };

    // Only 2000::/3 is let through, which leaves out ::, ::1, IPv4-mapped and -compatible, NAT64, unique local, link-local, site-local and multicast.
    // Told by the bytes: IPNetwork.Contains reads an IPv4-mapped address as the IPv4 address in it.
    private static bool IsPlainGlobalUnicast(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out _) && (bytes[0] & 0xe0) == 0x20 && !IsIsatap(bytes);
    }

    // ISATAP hides an IPv4 address in an interface identifier ::[02]00:5efe:a.b.c.d under any prefix.
    private static bool IsIsatap(ReadOnlySpan<byte> bytes) => (bytes[8] & ~0x02) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}
