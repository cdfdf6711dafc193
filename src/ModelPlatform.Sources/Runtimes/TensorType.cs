namespace ModelPlatform.Sources.Runtimes;

/// <summary>The element types of tensors, as they are written on the wire.</summary>
public static class TensorType
{
    /// <summary>32-bit floating point.</summary>
    public const string Float32 = "float32";

    /// <summary>64-bit floating point.</summary>
    public const string Float64 = "float64";

    /// <summary>16-bit floating point.</summary>
    public const string Float16 = "float16";

    /// <summary>8-bit integer.</summary>
    public const string Int8 = "int8";

    /// <summary>16-bit integer.</summary>
    public const string Int16 = "int16";

    /// <summary>32-bit integer.</summary>
    public const string Int32 = "int32";

    /// <summary>64-bit integer.</summary>
    public const string Int64 = "int64";

    /// <summary>8-bit unsigned integer.</summary>
    public const string UInt8 = "uint8";

    /// <summary>16-bit unsigned integer.</summary>
    public const string UInt16 = "uint16";

    /// <summary>32-bit unsigned integer.</summary>
    public const string UInt32 = "uint32";

    /// <summary>64-bit unsigned integer.</summary>
    public const string UInt64 = "uint64";

    /// <summary>Truth value, one byte each.</summary>
    public const string Bool = "bool";

    /// <summary>Bytes of one element; 0 for a word that is none of these.</summary>
    public static int SizeOf(string? dataType) => dataType switch
    {
        Float64 or Int64 or UInt64 => 8,
        Float32 or Int32 or UInt32 => 4,
        Float16 or Int16 or UInt16 => 2,
        Int8 or UInt8 or Bool => 1,
        _ => 0,
    };
}
