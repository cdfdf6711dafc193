using ModelPlatform.Plugins.IpfsGateway.Cids;

namespace ModelPlatform.Plugins.IpfsGateway.Dag;

/// <summary>Reads the fields of one protobuf message: only the wire types dag-pb and UnixFS use, nothing beyond the given bytes.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> message = message;

    /// <summary>Number of the field just read.</summary>
    public int Field { get; private set; }

    /// <summary>Whether it is a number; otherwise it is bytes.</summary>
    public bool IsNumber { get; private set; }

    /// <summary>The number.</summary>
    public ulong Number { get; private set; }

    /// <summary>Where the bytes begin in the message.</summary>
    public int Start { get; private set; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Position of the next field.</summary>
    public int Position { get; private set; }

    /// <summary>Whether something was read that is not valid.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Goes to the next field; false at the end, and where <see cref="IsBroken"/> is set.</summary>
    public bool Read()
    {
        if (Position == message.Length || IsBroken)
        {
            return false;
        }

        if (!TryNumber(out var key) || key >> 3 is 0 or > 1000)
        {
            return Break();
        }

        Field = (int)(key >> 3);
        switch (key & 7)
        {
            case 0:
                IsNumber = true;
                Bytes = default;
                if (!TryNumber(out var number))
                {
                    return Break();
                }

                Number = number;
                return true;
            case 2:
                IsNumber = false;
                if (!TryNumber(out var length) || length > (ulong)(message.Length - Position))
                {
                    return Break();
                }

                Start = Position;
                Bytes = message.Slice(Position, (int)length);
                Position += (int)length;
                return true;
            default:
                return Break();
        }
    }

    private bool Break()
    {
        IsBroken = true;
        return false;
    }

    private bool TryNumber(out ulong value)
    {
        var read = Varint.Read(message[Position..], out value);
        Position += Math.Max(read, 0);
        return read > 0;
    }
}
