namespace ModelPlatform.Documents.Replication;

/// <summary>One field of one document: what is written, and what the later write of replaces the earlier one.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Id">The document.</param>
/// <param name="Field">The field; <see cref="DocumentKey.ReservedField"/> is the document as a whole.</param>
internal readonly record struct FieldKey(string Collection, string Id, string Field)
{
    public bool IsValid => DocumentKey.TryCreate(Collection, Id, out _) && DocumentKey.IsValidName(Field);

    public override string ToString() => $"{Collection}/{Id}/{Field}";
}
